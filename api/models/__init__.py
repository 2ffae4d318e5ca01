"""The models that arms can name."""
