"""Is everything up: database, queue, workers, providers; and what to do where it is not."""
