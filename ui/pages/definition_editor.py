"""Writing a definition: a new one, or the next version of one."""

import base64
from typing import Any, Final

from nicegui import ui
from nicegui.events import GenericEventArguments

from ui import ids
from ui.client import ViewerApi, viewer_api
from ui.components.base import Tag, button, link, tag
from ui.components.definition_preview import definition_preview
from ui.components.error_panel import error_panel
from ui.components.inputs import code_field
from ui.errors import UiError
from ui.pages.framework import draw_not_found
from ui.queries.actions import CREATE_DEFINITION, PREVIEW_DEFINITION, UPDATE_DEFINITION
from ui.queries.definitions import DEFINITION_PAGE, Definition
from ui.queries.fragments import SHELL
from ui.shell import shell
from ui.texts import _, plural
from ui.visits import visit

MAX_DATASET: Final = 14_000_000  # bytes; base64 makes a third more of them, and the API takes 20 MB
_START: Final = """name: capitals
template: "What is the capital of {{ country }}?"
dimensions:
  country: [France, Peru, Japan]
arms:
  - label: simulated
    provider: simulated
    params: {latency_ms: 50}
scorers:
  - {kind: contains, expected: "{{ country }}"}
"""
# The file goes over the socket in parts: one message of it holds at most 1 MB.
_READ_FILE: Final = (
    """
async (event) => {
  const file = event.target.files[0];
  if (!file) { emit({name: ""}); return; }
  if (file.size > MAX_BYTES) { emit({name: file.name, size: file.size, tooLarge: true}); return; }
  const part = 480000;
  for (let start = 0; start === 0 || start < file.size; start += part) {
    const bytes = new Uint8Array(await file.slice(start, start + part).arrayBuffer());
    let text = "";
    for (let i = 0; i < bytes.length; i += 8192) {
      text += String.fromCharCode(...bytes.subarray(i, i + 8192));
    }
    emit({name: file.name, size: file.size, start, data: btoa(text)});
  }
}
"""
).replace("MAX_BYTES", str(MAX_DATASET))


class DatasetUpload:
    """A file that the browser sends in parts."""

    def __init__(self) -> None:
        self.name = ""
        self._parts = bytearray()
        self._size = 0
        with tag("label", "", "field"):
            tag(
                "span",
                _("Dataset file (CSV, JSONL, JSON or Parquet), where the definition has one"),
            )
            field = tag(
                "input", "", "control", type="file", accept=".csv,.jsonl,.ndjson,.json,.parquet,.pq"
            )
        field.on("change", self._receive, js_handler=_READ_FILE)
        self._said = tag("p", "", "muted small", role="status")

    @property
    def complete(self) -> bool:
        """Whether all of it is here (or nothing was chosen)."""
        return len(self._parts) == self._size

    def input(self) -> dict[str, Any]:
        """The fields of the mutation: text where it is text."""
        if not self.name:
            return {}
        content = bytes(self._parts)
        if not self.name.lower().endswith((".parquet", ".pq")):
            try:
                return {"datasetName": self.name, "datasetContent": content.decode()}
            except UnicodeDecodeError:
                pass  # sent as it is: the API says what is wrong with it
        return {"datasetName": self.name, "datasetBase64": base64.b64encode(content).decode()}

    def _receive(self, event: GenericEventArguments) -> None:
        part: dict[str, Any] = event.args
        if part.get("tooLarge") or not part["name"]:
            self.name, self._size = "", 0
            self._parts.clear()
            limit = f"{MAX_DATASET // 1_000_000} MB"
            self._said.text = (
                _("{file} is larger than {limit}: import it with `assay eval`.").format(
                    file=part["name"], limit=limit
                )
                if part["name"]
                else ""
            )
            return
        if part["start"] == 0:
            self._parts.clear()
            self.name, self._size = str(part["name"]), int(part["size"])
        if part["start"] == len(self._parts):
            self._parts += base64.b64decode(part["data"])
        if self.complete:
            self._said.text = f"{self.name}: " + plural("{n} byte.", "{n} bytes.", self._size)
        else:
            self._said.text = _("Reading {file}…").format(file=self.name)


class Editor:
    """The form; what is typed stays whatever goes wrong."""

    def __init__(self, api: ViewerApi, source: str, definition: Definition | None) -> None:
        self._api = api
        self._definition = definition
        self._source = source
        self._upload: DatasetUpload | None = None
        back = "/definitions" if definition is None else ids.definition_path(definition["id"])
        with tag("div", "", "stack reading"):
            tag("p", self._explanation(), "muted")
            self._trouble = tag("div")
            code_field(_("Definition (YAML)"), source, self._typed)
            if definition is None:
                self._upload = DatasetUpload()
            with tag("div", "", "actions"):
                self._button: Tag = button(self._verb, self._save, "button-primary")
                self._look: Tag = button(_("Preview"), self._show)
                link(_("Leave"), back, "button")
        self._preview = tag("div", aria_live="polite")

    @property
    def _verb(self) -> str:
        if self._definition is None:
            return _("Create the definition")
        return _("Save as version {number}").format(number=self._definition["currentVersion"] + 1)

    def _explanation(self) -> str:
        if self._definition is None:
            return _(
                "What is asked, of which models, and how answers are checked. "
                "docs/definitions.md explains every field."
            )
        return _(
            "Saving makes a new version. Runs keep the version that they were started with, "
            "and the dataset stays the one that was uploaded."
        )

    def _typed(self, source: str) -> None:
        self._source = source

    async def _save(self) -> None:
        self._button.attribute("disabled", "")
        self._trouble.clear()
        try:
            wanted = self._wanted()
            document = CREATE_DEFINITION
            if self._definition is not None:
                wanted["expectedVersion"] = self._definition["currentVersion"]
                document = UPDATE_DEFINITION
            payload = await self._api.mutate(document, {"input": wanted})
        except UiError as error:
            self._tell(_("Not saved. What you typed is still here"), error)
            self._button.attribute("disabled", None)
            return
        visit(ids.definition_path(payload["definition"]["id"]))

    async def _show(self) -> None:
        self._look.attribute("disabled", "")
        self._trouble.clear()
        self._preview.clear()
        try:
            payload = await self._api.mutate(PREVIEW_DEFINITION, {"input": self._wanted()})
        except UiError as error:
            self._tell(_("This can't be saved as it is"), error)
        else:
            with self._preview:
                definition_preview(payload["preview"])
            ui.run_javascript('document.querySelector(".preview")?.scrollIntoView()')
        self._look.attribute("disabled", None)

    def _tell(self, title: str, error: UiError) -> None:
        with self._trouble:
            error_panel(title, error)
        ui.run_javascript('document.querySelector(".error-panel")?.scrollIntoView()')

    def _wanted(self) -> dict[str, Any]:
        wanted: dict[str, Any] = {"source": self._source}
        if self._definition is not None:
            return wanted | {"definitionId": self._definition["id"]}
        assert self._upload is not None, "a new definition has an upload"
        if not self._upload.complete:
            raise UiError(_("The dataset file is still being read: try again in a moment."))
        return wanted | self._upload.input()


async def draw_new() -> None:
    """Draw the page for a new definition."""
    api = viewer_api()
    data = await api.query(f"query NewDefinitionPage {{ {SHELL} }}")
    crumbs = [(_("Definitions"), "/definitions"), (_("New definition"), None)]
    with shell(crumbs, section="/definitions", data=data), tag("div", "", "stack"):
        Editor(api, _START, None)


async def draw_edit(key: str) -> None:
    """Draw the page for the next version of a definition."""
    api = viewer_api()
    variables = {"id": ids.node_id("Definition", key), "version": None}
    data = await api.query(DEFINITION_PAGE, variables)
    definition: Definition | None = data["definition"]
    if definition is None:
        draw_not_found(
            _("This definition does not exist."), data, (_("Go to the definitions"), "/definitions")
        )
        return
    crumbs = [
        (_("Definitions"), "/definitions"),
        (definition["name"], ids.definition_path(definition["id"])),
        (_("Edit"), None),
    ]
    with shell(crumbs, section="/definitions", data=data), tag("div", "", "stack"):
        Editor(api, definition["version"]["source"], definition)
