"""Every screen on a terminal of 40 columns: whole words, and no line that the terminal would have to break."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from framework.app.doctor import DoctorStep, State
from framework.cli import main
from framework.cli.doctor import step_lines
from framework.cli.status import tell

WIDTH = 40
KEPT = Path(__file__).parents[1] / "replays" / "kill"
STYLES = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("framework.kernel.screen.columns", lambda _: WIDTH)
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes what is captured for a terminal then


def fits(text: str) -> str:
    """The words of a screen, in one line, once none is too long for its terminal but what is one word."""
    text = STYLES.sub("", text)
    lines = [line.rstrip() for line in text.splitlines()]
    assert not [line for line in lines if len(line) > WIDTH and " " in line.strip()]
    assert not any("…" in line for line in lines), "nothing is cut"
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        (["--help"], 0, "explain what became of an order, step by step, and why"),
        (["papr"], 2, "run.py: no verb 'papr'; did you mean 'paper'?"),
        (["paper", "--sped", "3"], 2, "unrecognized arguments: --sped 3; see run.py paper --help"),
        (["paper", "--config", "nowhere.toml"], 2, "nowhere.toml: expected a settings file, found none"),
        (["budget"], 0, "BUCKET place_batch planned: 4.00 limit: 5/1s usable: 4.5 headroom: 10 % one by one: 0.00"),
        (["status", "--folder", "docs"], 3, "nothing runs under docs; start one with run.py paper"),
        (["orders", "--folder", "nowhere"], 3, "nowhere: no such folder below"),
        (["check"], 0, "No fault in the plugins and in"),
        (["journal", "verify", str(KEPT)], 0, "records: "),
        (["journal", "tail", str(KEPT)], 0, "report"),
        (["explain", "last", "--run", str(KEPT)], 0, "passed every check, and the gate"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else "",
)
def test_a_verb_is_readable(command: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    if "--sped" in command:  # argparse leaves by itself
        with pytest.raises(SystemExit):
            main(command)
    else:
        assert main(command) == code
    told = capsys.readouterr()
    assert words in fits(told.out + told.err)


def test_what_a_daemon_answers_is_readable(capsys: pytest.CaptureFixture[str]) -> None:
    strategy = {
        "strategy": "mm", "is_quarantined": False, "position": "+0.0012 BTC, +1.4941 ETH", "open": "4",
        "fills": "1,031", "refused": "2", "net": "-1.84", "fees": "2.96",
    }  # fmt: skip
    tell({
        "ok": True, "text": "paper-20240808-235413 is ARMED", "requests": "212 sent, 388 one by one (saved 45%)",
        "currency": "USDT", "strategies": [strategy], "unknown": ["bot-1f3a9c-mm-12"],
    })  # fmt: skip
    told = fits(capsys.readouterr().out)
    assert "STRATEGY mm position: +0.0012 BTC, +1.4941 ETH open: 4 fills: 1,031" in told
    assert "run.py resolve bot-1f3a9c-mm-12 --absent --reason WHY" in told


def test_what_the_doctor_found_stands_below_its_name() -> None:
    assert step_lines(DoctorStep("clock", State.FAULT, ("4 s off", "synchronise it")), WIDTH) == [
        "FAULT clock",
        "  4 s off",
        "  synchronise it",
    ]
    assert step_lines(DoctorStep("disk", State.SKIPPED, ("first", "second")), 80) == [
        "-     disk      first",
        "                second",
    ]
