"""Tables, repositories, migrations and the embedded PostgreSQL."""
