"""Files that keep their address are compressed once; everything else anew."""

import httpx
import nicegui
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ui import theme
from ui.compression import Compression

_SCRIPT = f"/_nicegui/{nicegui.__version__}/static/script.js"
_OURS = f"{theme.STATIC_PATH}/assay.js"


class _Site:
    """An app that counts what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        app = Starlette(routes=[Route("/{path:path}", self._answer)])
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(Compression(app)), base_url="http://test"
        )

    async def _answer(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        if "absent" in request.url.path:
            return PlainTextResponse("no " * 1000, status_code=404)
        return PlainTextResponse("word " * 1000, headers={"etag": '"1"'})


@pytest.mark.parametrize("path", [_SCRIPT, f"{_OURS}?v=1"])
async def test_a_lasting_file_is_asked_for_once(path: str) -> None:
    site = _Site()
    answers = [await site.http.get(path) for _ in range(3)]
    assert len(site.asked) == 1
    for answer in answers:
        assert answer.text == "word " * 1000
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["vary"] == "Accept-Encoding"
        assert "immutable" in answer.headers["cache-control"]
        assert int(answer.headers["content-length"]) < 500


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/runs", {}),
        (f"/_nicegui/{nicegui.__version__}/dynamic_resources/x.js", {}),
        (_SCRIPT, {"accept-encoding": "identity"}),
        (_SCRIPT, {"if-none-match": '"1"'}),
        (_SCRIPT, {"range": "bytes=0-9"}),
        (f"{_OURS}/absent", {}),
    ],
)
async def test_everything_else_is_asked_for_each_time(path: str, headers: dict[str, str]) -> None:
    site = _Site()
    for _ in range(2):
        answer = await site.http.get(path, headers=headers)
        assert answer.text.startswith(("word ", "no "))
        assert "immutable" not in answer.headers.get("cache-control", "")
    assert len(site.asked) == 2


async def test_made_up_addresses_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.compression._MOST_KEPT", 1)
    site = _Site()
    for path in (_SCRIPT, _OURS, _OURS, _SCRIPT):
        await site.http.get(path)
    assert site.asked == [_SCRIPT, _OURS, _OURS]
