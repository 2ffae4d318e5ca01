"""The GraphQL documents, one a page, and the shapes of their answers."""
