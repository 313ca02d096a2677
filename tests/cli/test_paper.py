"""`run.py paper` as a process: what it prints, how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

RUN = [sys.executable, "-c", "import sys; from framework.cli import main; sys.exit(main(sys.argv[1:]))"]

FIELDS = [
    "events", "orders", "fills", "refusals", "requests", "requests_one_by_one", "first_fill_s", "duration_s",
    "pnl", "fees", "currency", "journal", "journal_sha256", "report",
]  # fmt: skip


def paper(tmp_path: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return subprocess.run(
        [*RUN, "paper", "--folder", str(tmp_path), *options],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def objects(text: str) -> Sequence[dict[str, Any]]:
    """One JSON object a line."""
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.timeout(240)  # three processes, one after the other: on a busy machine they take their time
def test_same_journal_under_any_hash_seed(tmp_path: Path) -> None:
    options = ("--speed", "max", "--json", "--only", "mm", "--only", "rebalance")
    digests = set()
    for seed in ("0", "1", "4711"):
        done = paper(tmp_path, *options, PYTHONHASHSEED=seed)
        assert done.returncode == 0, done.stderr
        digests.add(objects(done.stdout)[-1]["journal_sha256"])
    assert len(digests) == 1


def test_a_misspelt_handler_is_warned_of_at_the_start(tmp_path: Path) -> None:
    """It trades nothing, and nothing fails: only the warning says why."""
    (tmp_path / "strategies").mkdir()
    (tmp_path / "config").mkdir()
    (tmp_path / "strategies/x.py").write_text(
        "from framework import Strategy\nclass X(Strategy):\n    def on_start(self): self.quotes('BTC/USDT@bitget')\n"
        "    def on_quotes(self, quote): ...\n"
    )
    (tmp_path / "config/paper.toml").write_text('[strategy.x]\nuse = "x"\ncapital = "100 USDT"\n')
    done = subprocess.run(
        [*RUN, "paper", "--speed", "max", "--json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.returncode == 0
    assert done.stderr == (
        "warning: strategies/x.py:4: on_quotes is no handler and nobody calls it (rename it to on_quote)\n"
    )


def test_json_ends_with_the_summary(tmp_path: Path) -> None:
    done = paper(tmp_path, "--speed", "max", "--json", "--only", "sma")
    assert (done.returncode, done.stderr) == (0, "")
    lines = objects(done.stdout)
    summary = lines[-1]
    assert [field for field in FIELDS if field not in summary] == []
    assert list(summary["strategies"]) == ["sma/BTC", "sma/ETH"]
    for part in summary["strategies"].values():
        assert [field for field in FIELDS if field not in part] == []
        assert [field for field in FIELDS if not part[field] and field != "refusals"] == []
        of_the_run = ("currency", "duration_s", "journal", "journal_sha256", "report")
        assert [part[field] for field in of_the_run] == [summary[field] for field in of_the_run]
    assert lines[0]["event"] == "run.started"
    assert summary["first_fill_s"] < 10
    assert Path(summary["journal"]).is_file()


def test_plain_lines_when_piped(tmp_path: Path) -> None:
    done = paper(tmp_path, "--speed", "max", "--only", "sma")
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    for words in ("Binance tape 2024-08-08", "Bitget spot rules", "20-60 ms", "ledger = venue, difference 0",
                  "say nothing about profit", "run.py replay"):  # fmt: skip
        assert words in " ".join(done.stdout.split())
    assert max(map(len, done.stdout.splitlines())) <= 200


@pytest.mark.fault("P24")
@pytest.mark.parametrize(("number", "reason"), [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM")])
def test_a_signal_ends_it_cleanly_with_a_summary(tmp_path: Path, number: int, reason: str) -> None:
    with subprocess.Popen(
        [*RUN, "paper", "--folder", str(tmp_path), "--speed", "10", "--json"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        lines = [json.loads(process.stdout.readline())]
        while lines[-1]["event"] != "order.filled":
            lines.append(json.loads(process.stdout.readline()))
        process.send_signal(number)
        rest = objects(process.stdout.read())
        assert process.wait() == 0
    assert rest[-1]["stopped_by"] == reason
    assert rest[-1]["first_fill_s"] < 10
    assert rest[-1]["ledger_difference"] == {}
    assert [left for left in rest[-1]["left_open"] if left["kind"] == "order"] == []


def test_a_closed_pipe_is_no_traceback(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*RUN, "paper", "--folder", str(tmp_path), "--speed", "max"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert "Traceback" not in process.stderr.read()
        assert process.wait() == 1


def test_no_permission_to_write_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    done = paper(tmp_path / "taken", "--speed", "max")
    assert done.returncode == 2
    assert "expected a folder to write to" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_full_disk_is_said_in_words_and_keeps_what_was_journaled(tmp_path: Path) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)); "
    quiet = "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    code = limit + quiet + RUN[2]
    done = subprocess.run(
        [sys.executable, "-c", code, "paper", "--folder", str(tmp_path), "--speed", "max"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "journal" in done.stderr
    assert "make room" in done.stderr
    assert "Traceback" not in done.stderr
    from framework.kernel.journal import read_journal

    (journal,) = tmp_path.glob("paper/*/journal.bin")
    assert sum(1 for _ in read_journal(journal)) > 1000


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--config", "no.toml"), "expected a settings file, found none"),
        (("--tape", "binance-2024-08-09"), "did you mean"),
        (("--tape", "coinbase-2018-04"), "made for that tape: run.py paper --config config/paper-minute.toml"),
        (("--only", "nobody"), "no [strategy.nobody]"),
        (("--seed", "-1"), "[paper] seed"),
    ],
)
def test_wrong_usage_is_said_in_words(tmp_path: Path, options: tuple[str, ...], message: str) -> None:
    done = paper(tmp_path, *options)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


STUCK = """
from framework import Strategy
class Stuck(Strategy):
    instrument: str = "BTC/USDT@bitget"
    def on_start(self):
        self.quotes(self.instrument)
    def on_quote(self, quote):
        print("round and round", flush=True)
        while True:
            pass
"""


@pytest.mark.fault("P18", "P24")
def test_a_handler_that_never_ends_is_named_and_a_second_ctrl_c_ends_hard(tmp_path: Path) -> None:
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies" / "stuck.py").write_text(STUCK, encoding="utf-8")
    (tmp_path / "paper.toml").write_text('[strategy.a]\nuse = "stuck"\ncapital = "10 USDT"\n', encoding="utf-8")
    with subprocess.Popen(
        [*RUN, "paper", "--config", "paper.toml", "--folder", "runs", "--plain"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    ) as process:
        assert process.stderr is not None
        while "round and round" not in process.stderr.readline():  # what a plugin prints goes there
            pass
        unasked = next(line for line in process.stderr if "has been running for" in line)
        assert unasked.startswith("a.on_quote has been running for")
        assert unasked.endswith("; nothing else goes on meanwhile\n"), "it is named while it hangs"
        process.send_signal(signal.SIGINT)
        first = next(line for line in process.stderr if "Ctrl-C" in line)
        assert first.startswith("a.on_quote has been running for")
        assert "(stuck.py:" in first
        assert first.endswith("; Ctrl-C again ends hard\n")
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait() == 130
    assert "Traceback" not in rest
    assert f"is in {Path('runs') / 'paper'}" in rest


INTERRUPTED = """
import os, signal, sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "{module}":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
import run
sys.exit(run.start(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("framework.cli.paper", 130),  # before anything was made: it just ends
        ("framework.app.paper.run", 0),  # signals are heard by then: the run ends before it begins, with its summary
        ("framework.ops.lines", 0),
    ],
)
def test_ctrl_c_while_modules_are_imported_is_no_traceback(tmp_path: Path, module: str, code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED.format(module=module), "paper", "--folder", str(tmp_path), "--plain"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert (done.returncode, done.stderr) == (code, "stopped hard by Ctrl-C\n" if code else "")
    assert ("Ctrl-C: " in done.stdout) is (code == 0)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("form", ["--plain", "--json"])
def test_a_full_standard_output_ends_the_run_whole(tmp_path: Path, form: str) -> None:
    from framework.kernel.journal import read_journal
    from framework.kernel.records import RunStopped

    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [*RUN, "paper", "--folder", str(tmp_path), "--speed", "max", form],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "standard output cannot be written: No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    (journal,) = tmp_path.glob("paper/*/journal.bin")
    assert any(isinstance(record, RunStopped) for record in read_journal(journal))
    assert journal.with_name("report.html").is_file()


def test_what_a_strategy_prints_is_no_output_of_ours(tmp_path: Path) -> None:
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies" / "loud.py").write_text(
        "from framework import Strategy\nprint('at import')\n\nclass Loud(Strategy):\n"
        "    def on_start(self) -> None:\n        print('at start')\n"
    )
    (tmp_path / "paper.toml").write_text(
        '[paper]\ntape = "binance-2024-08-08"\nrules = "bitget-spot"\nspeed = "max"\nbalances = ["1000 USDT"]\n'
        '[strategy.loud]\nuse = "loud"\ncapital = "10 USDT"\n'
    )
    done = subprocess.run(
        [*RUN, "paper", "--json", "--config", "paper.toml"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(Path.cwd()), *sys.path])},
    )
    assert done.returncode == 0, done.stderr
    assert objects(done.stdout)[-1]["event"] == "run.ended"
    assert done.stderr.splitlines() == ["at import", "at start"]


@pytest.mark.skipif(os.name == "nt", reason="there are no such terminals")
@pytest.mark.parametrize("form", ["--plain", "--json"])
def test_a_terminal_that_goes_away_ends_the_run_whole(tmp_path: Path, form: str) -> None:
    person, program = os.openpty()
    options = ("paper", "--folder", str(tmp_path), "--speed", "1", form)
    running = subprocess.Popen([*RUN, *options], stdin=program, stdout=program, stderr=program)
    os.close(program)
    assert os.read(person, 10)  # it has begun to speak, and will not be heard to its end
    os.close(person)
    running.send_signal(signal.SIGHUP)
    assert running.wait(60) == 1, "standard output could not be written, and that is all"
    (run,) = (tmp_path / "paper").iterdir()
    assert {"journal.bin", "report.html"} <= {path.name for path in run.iterdir()}
