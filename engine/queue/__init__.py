"""The port to the queue (PgQueuer) and the worker process that lives on it.

Nothing outside this folder knows which queue it is.
"""
