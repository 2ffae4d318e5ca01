"""Results as files: a run's attempts as CSV, JSON lines or Parquet, tables as CSV."""
