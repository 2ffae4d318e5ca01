"""The port to the queue (PgQueuer): shards go in with `jobs`, and come out through `consumer`.

Nothing outside this folder knows which queue it is.
"""
