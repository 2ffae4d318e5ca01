"""The models that Assay can call: one adapter a file behind the `ModelProvider` contract."""
