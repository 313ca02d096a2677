"""Kills that are kept until somebody can take them."""

from __future__ import annotations

from pathlib import Path

from framework.kernel.kill_requests import UNREADABLE, KillRequest, KillRequests

ASKED = KillRequest("strategy:mm", "odd fills", "operator", is_hard=True)


def test_what_one_process_keeps_another_takes_once(tmp_path: Path) -> None:
    asking, taking = KillRequests(tmp_path), KillRequests(tmp_path)
    assert taking.fresh() == []
    name = asking.keep(ASKED)
    assert asking.fresh() == []
    assert taking.fresh() == [(name, ASKED)]
    assert taking.fresh() == []
    assert asking.stands(name)
    taking.forget(name)
    taking.forget(name)
    assert not asking.stands(name)


def test_what_cannot_be_read_stops_everything(tmp_path: Path) -> None:
    requests = KillRequests(tmp_path)
    requests.folder.mkdir()
    (requests.folder / "torn.json").write_bytes(b'{"scope": "strat')
    (requests.folder / "half.json.new").write_bytes(b"")
    (requests.folder / "folder.json").mkdir()
    found = requests.fresh()
    assert [name for name, _ in found] == ["folder.json", "torn.json"]
    for name, request in found:
        assert request == KillRequest("global", f"{UNREADABLE}: {requests.folder / name}", "file")
