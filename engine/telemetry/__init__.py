"""What Assay says about itself: log lines without secrets."""
