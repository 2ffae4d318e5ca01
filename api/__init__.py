"""The GraphQL schema and the HTTP surface of Assay."""
