"""What surrounds every request: pure ASGI, so that websockets are covered too."""
