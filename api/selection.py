"""What a query asks for below a field."""

from strawberry.types.nodes import SelectedField, Selection

from api.context import AssayInfo


def names_below(info: AssayInfo) -> set[str]:
    """The name of every field below the one that is resolved, however deep; fragments are looked
    into."""
    names: set[str] = set()
    waiting: list[Selection] = list(info.selected_fields)
    while waiting:
        found = waiting.pop()
        if isinstance(found, SelectedField):
            names.add(found.name)
        waiting.extend(found.selections)
    return names
