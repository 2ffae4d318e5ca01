"""The web server in this process: its port, its start, its end."""

import contextlib
import errno
import gc
import logging
import socket
from collections.abc import Iterator
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from engine.errors import AssayError

log = logging.getLogger(__name__)

_CLOSING_S: Final = 5
MAX_HEAD_BYTES: Final = 256 * 1024
_BACKLOG: Final = 2048
# A page makes some ten thousand objects, nearly all of which live on with it.
_NEW_OBJECTS: Final = 50_000


class PortTaken(AssayError):
    """Something else listens at the server's port."""

    code = "PORT_TAKEN"


class ServerFailed(AssayError):
    """The server could not start; its log says why."""

    code = "SERVER_FAILED"


def bind(host: str, port: int) -> socket.socket:
    """Take the port, before anything else is done. Raises PortTaken, naming ASSAY_PORT."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        taken = socket.socket(family, kind, protocol)
    except OSError as error:
        raise PortTaken(
            f"ASSAY_HOST is {host!r}, which is no address of this machine: {error.strerror}.",
            field="host",
        ) from error
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
        # Two servers could both have bound by now; only one of them can listen.
        taken.listen(_BACKLOG)
    except OSError as error:
        taken.close()
        if error.errno == errno.EADDRINUSE:
            message = (
                f"Port {port} of {host} is taken: another Assay, or another program, listens "
                "there. Stop it, or set ASSAY_PORT to a free port (0 takes any)."
            )
        elif error.errno == errno.EACCES:
            message = f"Port {port} needs rights that you lack: set ASSAY_PORT to one above 1023."
        else:
            message = f"The server can't listen at {host}, port {port}: {error.strerror}."
        raise PortTaken(message, field="port") from error
    taken.setblocking(False)
    return taken


def settle_memory() -> None:
    """Look for garbage in what requests make, not in what the program consists of.

    A full collection walks every object. With the 200,000 of the imported modules it took longer
    than an answer may take, nobody was answered meanwhile, and pages brought it on all the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)


class BoundedHeads(HttpToolsProtocol):
    """Closes connections whose headers do not end, which httptools would keep in memory."""

    _in_head = True
    _head_bytes = 0

    def data_received(self, data: bytes) -> None:
        """Take bytes, unless too many have come already without an end of the headers."""
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The request's headers are too large.")

    def on_headers_complete(self) -> None:
        """The body begins."""
        self._in_head = False
        self._head_bytes = 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The next thing on this connection is another request's head."""
        super().on_message_complete()
        self._in_head = True


class Server(uvicorn.Server):
    """Serves ``app`` on a bound socket until :meth:`stop`. Signals are its owner's business."""

    def __init__(self, app: Any, listener: socket.socket) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                access_log=False,
                log_config=None,
                server_header=False,
                lifespan="on",
                http=BoundedHeads,
                ws="websockets-sansio",
                timeout_graceful_shutdown=_CLOSING_S,
            )
        )
        self._listener = listener

    @property
    def port(self) -> int:
        """The port that it listens at."""
        port: int = self._listener.getsockname()[1]
        return port

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the command."""
        yield

    def stop(self) -> None:
        """End within some seconds; the second time, at once."""
        self.force_exit = self.should_exit
        self.should_exit = True

    async def run_until_stopped(self) -> None:
        """Serve. Raises ServerFailed when the application can't start."""
        try:
            await self.serve(sockets=[self._listener])
        except SystemExit as error:
            raise ServerFailed(
                "The server could not start; the lines above say why.", field=None
            ) from error
        finally:
            self._listener.close()
