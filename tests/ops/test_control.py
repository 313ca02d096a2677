"""The control socket: who may ask, how much, and what bad requests get."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from framework.model.errors import FrameworkError
from framework.ops import control
from framework.ops.control import CLIENTS_MAX, LINE_BYTES_MAX, NAME, ControlServer
from framework.ops.control_client import ask, connect


def echo(request: dict[str, object], who: str) -> dict[str, object]:
    return {"ok": True, "who": who, **request}


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    server = ControlServer(tmp_path / NAME, echo)
    assert server.start()
    yield server.path
    server.stop()


def raw(path: Path, sent: bytes) -> dict[str, object]:
    with connect(path) as client, client.makefile("rb") as lines:
        with contextlib.suppress(BrokenPipeError):  # turned away before it was heard
            client.sendall(sent)
        answer = json.loads(lines.readline())
        assert isinstance(answer, dict)
        return answer


def test_a_request_is_answered_with_who_asks(path: Path) -> None:
    assert ask(path, {"verb": "status"}) == {"ok": True, "who": f"uid {os.getuid()}", "verb": "status"}


def test_several_requests_share_a_connection(path: Path) -> None:
    with connect(path) as client, client.makefile("rb") as lines:
        for number in range(3):
            client.sendall(b'{"n":%d}\n' % number)
            assert json.loads(lines.readline())["n"] == number


class Exhausted:
    """The threads of a system that has none left."""

    def __init__(self, **_what: object) -> None:
        """As `threading.Thread`."""

    def start(self) -> None:
        raise RuntimeError("can't start new thread")


def test_a_system_that_has_nothing_left_for_a_while_does_not_end_it(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as exhausted:
        exhausted.setattr("framework.ops.control.threading", SimpleNamespace(Thread=Exhausted))
        exhausted.setattr("framework.ops.control.AGAIN_S", 0.0)
        for _ in range(CLIENTS_MAX + 1):
            with pytest.raises((FrameworkError, OSError)):
                ask(path, {"verb": "status"})
    assert ask(path, {"verb": "status"})["ok"] is True
    assert capsys.readouterr().err.count("control.not_answered") == 1


@pytest.mark.fault("A1")
def test_only_its_user_may_open_it(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.fault("A1")
def test_another_user_is_turned_away(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = os.getuid()
    monkeypatch.setattr("framework.ops.control.os.getuid", lambda: mine + 1)
    assert "another user" in str(raw(path, b"")["text"])


@pytest.mark.parametrize(
    "line", [b"nonsense", b"[1]", b"\xff", b"", b"[" * 60_000, b'{"verb":' * 7_000, b'{"verb":["kill"]}']
)
def test_what_is_no_request_is_refused_in_words(path: Path, line: bytes) -> None:
    assert "expected one flat JSON object a line" in str(raw(path, line + b"\n")["text"])


def test_text_that_no_file_can_hold_is_written_out(path: Path) -> None:
    """A terminal that is not in UTF-8 makes it of every letter with an accent."""
    assert ask(path, {"reason": "gepr\udcfcft", "hard": True})["reason"] == "gepr\\udcfcft"


def test_a_line_without_end_is_cut_off(path: Path) -> None:
    assert "at most 65536 bytes" in str(raw(path, b"x" * (LINE_BYTES_MAX + 1))["text"])


def test_too_many_clients_are_turned_away_and_the_others_go_on(path: Path) -> None:
    first = connect(path)
    held = [first, *[connect(path) for _ in range(CLIENTS_MAX - 1)]]
    for client in held:  # every one is being served
        client.sendall(b'{"n":1}\n')
        assert client.recv(100)
    with connect(path) as one_more:
        assert one_more.recv(100) == b""
    first.sendall(b'{"n":1}\n')
    assert first.recv(100)
    for client in held:
        client.close()


@pytest.mark.fault("P29")
def test_a_system_without_room_for_one_more_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "AGAIN_S", 0.001)
    server = ControlServer(tmp_path / NAME, echo)
    accept, tries = socket.socket.accept, list[int]()

    def crowded(listener: socket.socket) -> object:
        tries.append(1)
        if len(tries) <= 3:
            raise OSError(errno.EMFILE, "Too many open files")
        return accept(listener)

    monkeypatch.setattr(socket.socket, "accept", crowded)
    assert server.start()
    try:
        assert ask(server.path, {"verb": "status"})["ok"] is True
    finally:
        server.stop()


def test_a_folder_however_deep_is_fine(tmp_path: Path) -> None:
    folder = tmp_path / ("deep" * 20) / ("deeper" * 20)
    folder.mkdir(parents=True)
    server = ControlServer(folder / NAME, echo)
    assert server.start()
    assert ask(server.path, {"n": 1})["n"] == 1
    server.stop()
    assert not server.path.exists()


def test_a_folder_that_takes_no_socket_stops_nothing(tmp_path: Path) -> None:
    server = ControlServer(tmp_path / "missing" / NAME, echo)
    assert not server.start()
    server.stop()
