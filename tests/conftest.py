"""Fixtures that every test may use."""

from hypothesis import settings

# A slow moment of a shared machine must not fail a property: nothing here asserts a time.
settings.register_profile("assay", deadline=None)
settings.load_profile("assay")
