"""A run in a process of its own, and every command that a person has for it, over its socket."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from framework.app.replay.recorded import replay
from framework.cli import main
from framework.cli.drill import drill_lines
from framework.cli.kill import _times
from framework.kernel.account_lock import FolderLock
from framework.kernel.clock import ManualClock
from framework.kernel.journal import read_journal
from framework.kernel.kill_requests import KillRequests
from framework.kernel.latch import Latch
from framework.kernel.records import KillStepped, OperatorAsked, RequestSent, RunStopped
from framework.kernel.tape_loop import TapeLoop
from framework.ops.control import ControlServer
from framework.router.kill.states import KillState
from framework.router.kill.switch import KillSwitch

RUN = [sys.executable, "-c", "import sys; from framework.cli import main; sys.exit(main(sys.argv[1:]))"]


class Child:
    """A paper run that goes on until it is told to stop; its happenings come as JSON lines."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], speed: str) -> None:
        self.folder = folder
        self._capsys = capsys
        command = [*RUN, "paper", "--folder", str(folder), "--speed", speed, "--loop", "--json", "--only", "mm"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ})

    def words(self, *words: str) -> str:
        """The same for people."""
        self._capsys.readouterr()
        main([*words, "--folder", str(self.folder)])
        return self._capsys.readouterr().out

    def wait_for(self, event: str) -> dict[str, Any]:
        """The next line of a kind."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            told = json.loads(line)
            if told["event"] == event:
                assert isinstance(told, dict)
                return told
        pytest.fail(f"the run ended before {event}")

    def ask(self, *words: str) -> tuple[int, dict[str, Any]]:
        """One command; its exit code and its answer."""
        self._capsys.readouterr()
        code = main([*words, "--folder", str(self.folder), "--json"])
        return code, json.loads(self._capsys.readouterr().out)

    @property
    def run(self) -> Path:
        (journal,) = self.folder.glob("paper/*/journal.bin")
        return journal.parent


@pytest.fixture
def start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """Starts runs; none outlives its test."""
    children: list[Child] = []

    def begin(speed: str = "30") -> Child:
        children.append(Child(tmp_path / "var", capsys, speed))
        return children[-1]

    yield begin
    for child in children:
        child.process.kill()
        child.process.communicate()


@pytest.mark.fault("O7", "O8", "O9")
@pytest.mark.timeout(120)
def test_from_a_kill_to_trading_again(start: Any) -> None:
    child = start()
    child.wait_for("order.filled")

    code, killed = child.ask("kill", "--reason", "odd fills")
    assert (code, killed["gate"], killed["state"]) == (0, "CONFIRMED", "tripped")
    assert killed["answered_ms"] > 0

    code, refused = child.ask("arm", "--reason", "in haste", "--trip", killed["trip"])
    assert code == 1
    assert "the sweep of" in refused["text"]
    assert child.ask("status")[1]["state"] == "tripped"
    assert child.wait_for("sweep.swept")["trip"] == killed["trip"]
    assert child.ask("orders")[1]["orders"] == []

    assert child.ask("arm", "--reason", "looked", "--trip", "wrong")[0] == 1
    assert child.ask("arm", "--reason", "looked", "--trip", killed["trip"])[1]["state"] == "reducing"
    assert child.ask("arm", "--reason", "looked twice", "--trip", killed["trip"])[1]["state"] == "armed"
    child.wait_for("order.filled")

    assert child.ask("pause", "mm", "--reason", "lunch")[1]["state"] == "reducing"
    assert child.ask("status")[1]["scopes"] == {"global": "armed", "strategy:mm": "reducing"}
    assert child.ask("resume", "mm")[1]["state"] == "armed"
    assert child.ask("pause", "mn")[0] == 2
    code, answer = child.ask("resolve", "nobody", "--absent", "--reason", "seen on the venue's page")
    assert (code, answer["text"]) == (1, "expected an order of this run, found none called nobody")
    assert child.ask("adopt")[1]["text"] == "nothing to adopt: books were not compared"
    assert child.ask("fills")[1]["fills"]
    assert "positions" in child.ask("positions")[1]
    for verb, found in (
        (
            "fills",
            r"TIME UTC +STRATEGY +INSTRUMENT +SIDE +SIZE +PRICE +FEE +ROLE(?s:.*) (BTC|ETH) +[\d,.]+ USDT +[\d.]+ ",
        ),
        ("positions", r"STRATEGY +INSTRUMENT +POSITION(?s:.*)mm +BTC/USDT@bitget +[+-]0\.\d+ BTC +[\d,.]+ USDT"),
        ("orders", r"open orders\n\nORDER +STRATEGY +INSTRUMENT +SIDE +SIZE(?s:.*) (BTC|ETH) +0"),
        ("status", r"STRATEGY +POSITION +OPEN(?s:.*)mm .* [+-][\d,.]+ USDT"),
    ):
        assert re.search(found, child.words(verb)), child.words(verb)

    code, drilled = child.ask("drill")
    assert (code, drilled["left"]) == (0, 0)
    assert 0 < drilled["closed_in_loop_ms"] <= drilled["confirmed_ms"]
    assert child.ask("stop")[0] == 0
    summary = child.wait_for("run.ended")
    assert summary["stopped_by"].startswith("stopped by uid")
    assert any("kill switch" in trouble for trouble in summary["troubles"])
    assert child.process.wait() == 0

    check_journal(child.run)
    assert restarted(child.run) is KillState.TRIPPED
    verdict = replay(child.run)
    assert verdict.is_identical, verdict.difference


def check_journal(run: Path) -> None:
    """No request that creates orders stands between a trip and the next arming, but those that only reduce."""
    records = list(read_journal(run / "journal.bin"))
    assert [record.verb for record in records if isinstance(record, OperatorAsked)].count("kill") == 2
    state = "armed"
    for record in records:
        if isinstance(record, KillStepped) and record.scope == "global":
            state = record.state
        if isinstance(record, RequestSent) and record.kind == "place":
            assert state != "tripped", record
    assert state == "tripped"
    assert isinstance(records[-1], RunStopped) or any(isinstance(record, RunStopped) for record in records)


def restarted(run: Path) -> KillState:
    """The state in which a daemon with this latch would start."""

    class Nowhere:
        def write(self, record: object) -> None:
            """Nothing is kept."""

    clock = ManualClock()
    loop = TapeLoop(clock, {}, [], lambda: None)
    return KillSwitch(clock=clock, schedule=loop, journal=Nowhere(), run="again", latch=Latch(run / "latch")).state()


@pytest.mark.timeout(120)
def test_a_kill_file_and_a_signal_trip_and_nothing_starts_while_the_file_is_there(start: Any, tmp_path: Path) -> None:
    child = start("1")
    child.wait_for("run.started")
    os.kill(child.process.pid, signal.SIGUSR1)
    assert child.wait_for("kill.tripped")["cause"] == "signal"
    (tmp_path / "var" / "KILL").write_text("fire in the house\n", encoding="utf-8")
    child.ask("stop")
    child.process.wait()
    done = subprocess.run(
        [*RUN, "paper", "--folder", str(tmp_path / "var"), "--speed", "max"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "expected no KILL file" in done.stderr


@pytest.mark.fault("P25")
@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="this system has no SIGHUP")
def test_a_lost_terminal_ends_the_run_and_drops_no_latch(start: Any) -> None:
    child = start("1")
    child.wait_for("run.started")
    assert child.ask("kill", "--reason", "odd fills")[0] == 0
    os.kill(child.process.pid, signal.SIGHUP)
    assert child.wait_for("run.ended")["stopped_by"] == "the terminal went away"
    assert child.process.wait() == 0
    assert restarted(child.run) is KillState.TRIPPED


def test_nothing_runs_is_said_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["status"], ["kill", "--reason", "x"], ["drill"], ["pause", "mm"], ["orders"]):
        assert main([*words, "--folder", str(tmp_path)]) == 3
        assert "nothing runs under" in capsys.readouterr().out


def test_several_runs_are_a_line_each_and_one_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    servers = []
    for name in ("live/plain-main", "paper/20260101-a"):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        answer = {"ok": True, "text": "TRIPPED global", "gate": "CONFIRMED", "answered_ms": 2.5}
        servers.append(ControlServer(folder / "control.sock", lambda request, who, said=answer: dict(said)))
        assert servers[-1].start()
    assert main(["kill", "--folder", str(tmp_path)]) == 0
    after = "gate CONFIRMED after 2.5 ms; sweep: run.py status"
    assert capsys.readouterr().out.splitlines() == [
        f"{tmp_path}/live/plain-main: TRIPPED global; {after}",
        f"{tmp_path}/paper/20260101-a: TRIPPED global; {after}",
    ]
    assert main(["kill", "--folder", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"]
    assert [each["run"].rpartition("/")[2] for each in told["runs"]] == ["plain-main", "20260101-a"]
    for server in servers:
        server.stop()


def test_of_several_runs_one_is_looked_at_and_none_is_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []
    servers = []
    for name in ("live/plain-main", "paper/20260101-a"):
        folder = tmp_path / name
        folder.mkdir(parents=True)

        def answer(request: Mapping[str, object], who: str, run: str = name) -> dict[str, object]:
            asked.append(f"{request['verb']} {run}")
            return {"ok": True, "text": "0 open orders", "orders": []}

        servers.append(ControlServer(folder / "control.sock", answer))
        assert servers[-1].start()
    for words in (["arm", "--reason", "x"], ["stop"], ["pause", "mm"], ["drill"], ["adopt"]):
        assert main([*words, "--folder", str(tmp_path)]) == 2
        told = capsys.readouterr().out
        assert told.startswith(
            f"{words[0]}: expected --run, for 2 runs go on, found none; nothing was done: add --run "
        )
        assert f"--run {tmp_path}/live/plain-main or --run {tmp_path}/paper/20260101-a" in " ".join(told.split())
    assert asked == []
    assert main(["stop", "--folder", str(tmp_path), "--run", f"{tmp_path}/paper/20260101-a"]) == 0
    capsys.readouterr()
    assert main(["orders", "--folder", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{tmp_path}/live/plain-main: 0 open orders",
        f"1 more run goes on: {tmp_path}/paper/20260101-a; --run names the one that is meant",
    ]
    assert asked == ["stop paper/20260101-a", "orders live/plain-main"]
    for server in servers:
        server.stop()


def test_a_kill_asks_for_no_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kill", "--folder", str(tmp_path)]) == 3
    assert "nothing runs" in capsys.readouterr().out
    assert main(["kill", "--folder", str(tmp_path), "--scope", "frob"]) == 2
    capsys.readouterr()
    assert main(["kill", "mm", "--folder", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert "NOTHING WAS KILLED" in told
    assert "run.py kill stops everything, run.py kill --scope strategy:mm that alone" in " ".join(told.split())
    assert main(["arm", "--folder", str(tmp_path), "--reason", ""]) == 2


def test_a_kill_is_kept_whatever_the_terminal_made_of_its_reason(tmp_path: Path) -> None:
    account = tmp_path / "live" / "plain-main"
    FolderLock(account).release()
    assert main(["kill", "--folder", str(tmp_path), "--reason", "gepr\udcfcft", "--scope", "strategy:m\udcfc"]) == 4
    kept = [request for _, request in KillRequests(account).fresh()]
    assert [(each.reason, each.scope) for each in kept] == [("gepr\\udcfcft", "strategy:m\\udcfc")]


def test_a_kill_that_was_refused_says_that_nothing_changed() -> None:
    refused = {"ok": False, "gate": "UNCHANGED", "answered_ms": 0.251, "text": "no such strategy"}
    assert list(_times(refused)) == ["nothing was killed: the gate is as it was"]
    assert list(_times({**refused, "gate": "CONFIRMED"})) == ["gate CONFIRMED after 0.251 ms; sweep: run.py status"]
    (busy,) = _times({"gate": "CONFIRMED", "sweep": "PENDING", "answered_ms": 5_077.7})
    assert busy.startswith("gate CONFIRMED, closed from outside of the loop; the loop itself was waited for, 5077.7 ms")


def test_the_times_of_a_drill_are_short() -> None:
    measured = {
        "text": "TRIPPED", "scope": "global", "trip": "1f3a-2", "cancelled": 1,
        "closed_in_loop_ms": 0.07721, "confirmed_ms": 9.169, "swept_ms": 3150.4,
    }  # fmt: skip
    assert drill_lines(measured)[1:4] == [
        "gate closed in the loop after 0.0772 ms",
        "confirmed to this command after 9.17 ms",
        "swept after 3,150 ms of the run's clock, 1 order cancelled",
    ]
    assert "swept after unknown ms" in drill_lines({**measured, "swept_ms": None})[3]
