"""Is everything up, and what is not."""
