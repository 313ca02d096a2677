"""The control socket of a running daemon: JSON lines on a Unix socket that its own user alone may open.

One object a line, one line an answer. The socket has mode 0600, and the peer's user is asked of the kernel. Requests
come in threads of their own, so that a client that hangs holds up nobody; what they ask is done by whoever is given.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from framework.kernel.clock import Stopwatch
from framework.kernel.logging import get_logger
from framework.kernel.seldom import FAILED_EVERY_S, Seldom
from framework.model.storable import storable

NAME: Final = "control.sock"
LINE_BYTES_MAX: Final = 64 * 1024
CLIENTS_MAX: Final = 8
CLIENT_S: Final = 30.0
"""A client that says nothing for so long is hung up on."""
AGAIN_S: Final = 0.2
"""Until it listens again after the system could not let a client in."""
PATH_BYTES_MAX: Final = 100
"""Of a socket's name; the system's own bound is 104 to 108."""

Facts = dict[str, object]
Answering = Callable[[Facts, str], Facts]
"""Takes a request and who asks; gives the answer."""

log = get_logger()


class ControlServer:
    """Listens in threads of its own, from `start` to `stop`.

    Args:
        path: of the socket; what lies there is replaced.
        answering: called in the client's thread.
    """

    def __init__(self, path: Path, answering: Answering) -> None:
        self.path = path
        self._answering = answering
        self._listener: socket.socket | None = None
        self._clients = threading.Semaphore(CLIENTS_MAX)
        self._is_over = threading.Event()

    def start(self) -> bool:
        """Begin. False: this system has no such sockets, or the folder takes none; trading goes on without."""
        if not hasattr(socket, "AF_UNIX"):
            return False
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.path.unlink(missing_ok=True)
            with address(self.path) as name:
                listener.bind(name)
            self.path.chmod(0o600)
            listener.listen(CLIENTS_MAX)
        except OSError as error:
            listener.close()
            log.warning("control.unavailable", path=str(self.path), error=error.strerror or str(error))
            return False
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), name="control", daemon=True).start()
        return True

    def stop(self) -> None:
        """End: nobody is let in any more, and the socket is gone."""
        self._is_over.set()
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self.path.unlink(missing_ok=True)

    def _accept(self, listener: socket.socket) -> None:
        watch, failures = Stopwatch(), Seldom(FAILED_EVERY_S)
        while not self._is_over.is_set():
            try:
                self._let_in(listener.accept()[0])
            except (OSError, RuntimeError) as error:  # no descriptor or thread is left, or the client is: it may pass
                if not self._is_over.wait(AGAIN_S) and (times := failures.take(watch.elapsed_s)):
                    log.warning("control.not_answered", error=str(error), times=times)

    def _let_in(self, client: socket.socket) -> None:
        if not self._clients.acquire(blocking=False):
            client.close()
            return
        try:
            threading.Thread(target=self._serve, args=(client,), name="control-client", daemon=True).start()
        except RuntimeError:
            self._clients.release()
            client.close()
            raise

    def _serve(self, client: socket.socket) -> None:
        try:
            with client, contextlib.suppress(OSError):
                client.settimeout(CLIENT_S)
                who = peer(client)
                if who is None:
                    client.sendall(line_of({"ok": False, "text": "another user runs this: only its own may ask"}))
                    return
                with client.makefile("rb") as lines:
                    while line := lines.readline(LINE_BYTES_MAX + 1):
                        client.sendall(line_of(self._answer(line, who)))
                        if len(line) > LINE_BYTES_MAX:
                            return
        finally:
            self._clients.release()

    def _answer(self, line: bytes, who: str) -> Facts:
        if len(line) > LINE_BYTES_MAX:
            return {"ok": False, "text": f"expected a line of at most {LINE_BYTES_MAX} bytes, found a longer one"}
        try:
            request = json.loads(line)
        except (ValueError, RecursionError):
            request = None
        if not isinstance(request, dict) or any(isinstance(value, (dict, list)) for value in request.values()):
            return {"ok": False, "text": 'expected one flat JSON object a line, such as {"verb": "status"}'}
        texts = {name: storable(value) for name, value in request.items() if isinstance(value, str)}
        return self._answering({**request, **texts}, who)


def line_of(facts: Facts) -> bytes:
    """An object as one line."""
    return json.dumps(facts, separators=(",", ":"), default=str).encode() + b"\n"


def peer(client: socket.socket) -> str | None:
    """Who is at the other end, as `uid 1000`; None where it is another user than ours.

    Where the kernel does not tell, the socket's mode keeps others out.
    """
    if not hasattr(socket, "SO_PEERCRED"):
        return f"uid {os.getuid()}"
    raw = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    uid = struct.unpack("3i", raw)[1]
    return f"uid {uid}" if uid == os.getuid() else None


@contextlib.contextmanager
def address(path: Path) -> Iterator[str]:
    """A name for a socket that the system takes, however deep its folder lies."""
    name = str(path)
    if len(os.fsencode(name)) <= PATH_BYTES_MAX:
        yield name
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
