"""What tests share: a PostgreSQL of their own, things to put into it, workers, guards."""
