"""What a grid says, to be changed where it stands."""

from collections.abc import Callable
from typing import Any

from ui.components.base import Tag, button, tag
from ui.components.inputs import prose_field, select_field, text_field
from ui.grids import LEVELS, TYPES, empty_category, empty_subcriterion, lines, sum_words
from ui.texts import _

Part = dict[str, Any]


class GridForm:
    """Writes what is typed into ``content``, as `ui.grids.editable` made it.

    The sums of the weights are told as they are typed.
    """

    def __init__(self, content: Part) -> None:
        self._content = content
        with tag("section", "", "stack-tight reading"):
            prose_field(_("Description"), content["description"], _into(content, "description"))
            prose_field(
                _("Instructions for the judge"),
                content["instructions"],
                _into(content, "instructions"),
                rows=4,
            )
        self._sum = tag("p", "", "small", role="status")
        self._area = tag("div", "", "stack")
        with tag("div", "", "actions"):
            button(_("Add a category"), self._add)
        self._draw()

    def _draw(self) -> None:
        self._area.clear()
        with self._area:
            for place, category in enumerate(self._content["categories"]):
                _CategoryForm(category, self._content["categories"], place, self)
        self.say_sum()

    def redraw(self) -> None:
        """Draw the categories anew: one came, went or moved."""
        self._draw()

    def say_sum(self) -> None:
        """Tell what the weights of the categories sum to."""
        _say(self._sum, _("Categories"), self._content["categories"])

    def _add(self) -> None:
        categories = self._content["categories"]
        name = _("Category {number}").format(number=len(categories) + 1)
        categories.append(empty_category(name, "0.1"))
        self._draw()


class _CategoryForm:
    def __init__(self, category: Part, siblings: list[Part], place: int, form: GridForm) -> None:
        self._category = category
        self._form = form
        with tag("section", "", "stack-tight reading"):
            with tag("div", "", "spread"):
                tag("h2", _("Category {number}").format(number=place + 1))
                words = _("category {number}").format(number=place + 1)
                _order_buttons(siblings, place, words, form.redraw)
            with tag("div", "", "field-row"):
                text_field(_("Name"), category["name"], _into(category, "name"), maxlength="200")
                _weight_field(category, form.say_sum)
                types = {key: _(words) for key, words in TYPES.items()}
                select_field(_("Type"), types, category["type"], _into(category, "type"))
            self._sum = tag("p", "", "small", role="status")
            self._area = tag("div", "", "stack-tight")
            with tag("div", "", "actions"):
                button(_("Add a criterion"), self._add)
        self._draw()

    def _draw(self) -> None:
        self._area.clear()
        items = self._category["subcriteria"]
        with self._area:
            for place, item in enumerate(items):
                with tag("div", "", "panel stack-tight"):
                    self._draw_item(item, items, place)
        self._say_sum()

    def _draw_item(self, item: Part, items: list[Part], place: int) -> None:
        with tag("div", "", "spread"):
            tag("h3", _("Criterion {number}").format(number=place + 1))
            words = _("criterion {number}").format(number=place + 1)
            _order_buttons(items, place, words, self._draw)
        with tag("div", "", "field-row"):
            text_field(_("Name"), item["criterion"], _into(item, "criterion"), maxlength="200")
            _weight_field(item, self._say_sum)
        prose_field(_("Description"), item["description"], _into(item, "description"))
        with tag("details", "", "folded"):
            tag("summary", _("Anchors, metrics and indicators"))
            with tag("div", "", "stack-tight grid-more"):
                for level, words in LEVELS.items():
                    text = item["anchors"][level]
                    prose_field(_(words), text, _into(item["anchors"], level))
                for name, words in (("metrics", _("Metrics")), ("indicators", _("Indicators"))):
                    prose_field(
                        words,
                        "\n".join(item[name]),
                        _lines_into(item, name),
                        hint=_("One a line."),
                    )

    def _say_sum(self) -> None:
        _say(self._sum, _("Criteria"), self._category["subcriteria"])

    def _add(self) -> None:
        items = self._category["subcriteria"]
        name = _("Criterion {number}").format(number=len(items) + 1)
        items.append(empty_subcriterion(name, "0.1"))
        self._draw()


def _into(part: Part, name: str) -> Callable[[str], None]:
    def write(text: str) -> None:
        part[name] = text

    return write


def _lines_into(part: Part, name: str) -> Callable[[str], None]:
    def write(text: str) -> None:
        part[name] = lines(text)

    return write


def _weight_field(part: Part, say_sum: Callable[[], None]) -> None:
    def write(text: str) -> None:
        part["weight"] = text
        say_sum()

    text_field(_("Weight"), part["weight"], write, kind="number", min="0", max="1", step="any")


def _order_buttons(parts: list[Part], place: int, name: str, redraw: Callable[[], None]) -> None:
    def swap(other: int) -> None:
        parts[place], parts[other] = parts[other], parts[place]
        redraw()

    def remove() -> None:
        del parts[place]
        redraw()

    with tag("div", "", "actions"):
        if place:
            label = _("Move {part} up").format(part=name)
            button(_("Up"), lambda: swap(place - 1), "button-quiet", aria_label=label)
        if place + 1 < len(parts):
            label = _("Move {part} down").format(part=name)
            button(_("Down"), lambda: swap(place + 1), "button-quiet", aria_label=label)
        if len(parts) > 1:
            label = _("Remove {part}").format(part=name)
            button(_("Remove"), remove, "button-quiet", aria_label=label)


def _say(target: Tag, of: str, parts: list[Part]) -> None:
    words, fine = sum_words(part["weight"] for part in parts)
    target.text = f"{of}: {words}"
    target.classes(replace="small muted" if fine else "small is-bad")
