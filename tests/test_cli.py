"""The command line: verbs, exit codes, and words instead of tracebacks."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest

from framework import cli
from framework.cli import DONE, FAILED, USAGE, VERBS, main
from framework.model.errors import (
    AuthError,
    ConfigError,
    DataError,
    FrameworkError,
    OccupiedError,
    PluginError,
    Unreachable,
)


def test_help_names_every_verb_and_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == DONE
    out = capsys.readouterr().out
    assert all(f"  {verb} " in out for verb in VERBS)
    assert "exit codes: 0 done, 1 failed, 2 wrong usage" in out


@pytest.mark.parametrize("verb", list(VERBS))
def test_help_of_a_verb(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([verb, "--help"])
    assert left.value.code == 0
    assert f"run.py {verb}" in capsys.readouterr().out


def test_help_imports_nothing_heavy() -> None:
    heavy = ("aiohttp", "apscheduler", "pydantic", "rich", "structlog", "msgspec")
    code = (
        f"import sys; from framework.cli import main; main(['--help']); print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_run_on_a_tape_waits_for_no_network_library() -> None:
    code = (
        "import sys, framework.app.paper.run; print([m for m in ('aiohttp', 'apscheduler', 'ssl') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("x"), USAGE),
        (PluginError("x"), USAGE),
        (AuthError("the venue refuses the key"), USAGE),
        (OccupiedError("held by process 7"), FAILED),
        (DataError("x"), FAILED),
        (Unreachable("x"), FAILED),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_exit_code_says_whether_what_was_given_is_wrong_or_whether_it_failed(
    error: FrameworkError, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(arguments: list[str]) -> int:
        raise error

    monkeypatch.setattr(cli, "_run", fail)
    assert main(["live"]) == code
    assert capsys.readouterr().err == f"{error}\n"


def test_unknown_verb_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["papre"]) == USAGE
    assert capsys.readouterr().err == "run.py: no verb 'papre'; did you mean 'paper'?; see run.py --help\n"


def test_unknown_option_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["paper", "--spede", "1"])
    assert left.value.code == USAGE
    assert "unrecognized arguments: --spede" in capsys.readouterr().err


def test_a_missing_journal_is_wrong_usage_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "no/such/run"]) == USAGE
    assert "found no such place" in capsys.readouterr().err


def test_wrong_settings_are_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["paper", "--speed", "0"]) == USAGE
    assert "[paper] speed: expected a whole number" in capsys.readouterr().err


def test_a_closed_standard_output_is_said_in_words() -> None:
    code = "import sys; sys.stdout = None; from framework.cli import main; sys.exit(main(['check']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        FAILED,
        "run.py: standard output is closed; give it a place, such as > /dev/null\n",
    )


def test_output_that_nobody_reads_is_no_traceback_of_the_interpreter() -> None:
    code = "import sys; from framework.cli import main; sys.exit(main(['--help']))"
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as nobody:
        done = subprocess.run(
            [sys.executable, "-c", code], stdout=nobody, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (FAILED, "")


@pytest.mark.parametrize("notes", [[], ["what was journaled is in var/x"]])
def test_a_hard_stop_says_one_line(
    notes: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_args: object) -> int:
        ended = KeyboardInterrupt()
        for note in notes:
            ended.add_note(note)
        raise ended

    monkeypatch.setattr("framework.cli.check.run", interrupted)
    assert main(["check"]) == 130
    assert capsys.readouterr().err.splitlines() == (notes or ["stopped hard by Ctrl-C"])


def test_a_letter_that_the_terminal_has_not_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("framework.cli._overview", lambda: "Gr\u00fcn")
    assert main(["--help"]) == 0
    assert out.buffer.getvalue() == b"Gr\\xfcn\n"  # type: ignore[attr-defined]  # a BytesIO
