"""The HTTP surface beside pages: GraphQL, export, probes, logging in."""
