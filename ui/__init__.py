"""The pages: they talk to the product through GraphQL and the export routes only."""
