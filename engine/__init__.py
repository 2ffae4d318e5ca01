"""The domain of Assay: it knows nothing of GraphQL or pages."""
