"""What the frame of every page asks by itself, from the browser."""

from typing import Final

HEALTH_STATUS: Final = "query HealthStatus { health { status } }"

# What the palette offers: all recent ones, or those whose definition or name has the words.
FIND: Final = """
query Find($search: String) {
  runs(first: 6, filter: {search: $search}) {
    edges { node { id status createdAt definition { name } } }
  }
  definitions(first: 6, search: $search) {
    edges { node { id name description } }
  }
}
"""
