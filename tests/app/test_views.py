"""What shows a run on standard output."""

from __future__ import annotations

import io

import pytest

from framework.app.assembly import PaperRun
from framework.app.files import RunFiles
from framework.app.paper.run import paper_facts
from framework.app.views import limit_words, view_of
from framework.ops.lines import JsonLines, PlainLines
from framework.ops.terminal import TerminalView
from framework.reports.session import Session
from tests.app.conftest import MakeConfig


def test_gauges_say_what_is_used_of_the_rate_limits_now(config: MakeConfig) -> None:
    run = PaperRun.of(config(only=("grid",)), lambda _: lambda _record: None)
    assert limit_words(run) == ["rate limits, used of allowed: none in use"]
    for _ in run.instants():
        if run.core.router.sender.waiting == 0 and run.core.engine.desk.open_of("grid"):
            break
    assert limit_words(run) == ["rate limits, used of allowed: place batch 2/5"]  # 16 orders of one pair are two units


class Terminal(io.StringIO):
    """Standard output where somebody looks at it."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.mark.parametrize(
    ("out", "flags", "shown"),
    [
        (Terminal(), (), TerminalView),
        (Terminal(), ("is_plain",), PlainLines),
        (Terminal(), ("is_plain", "is_json"), JsonLines),
        (io.StringIO(), (), PlainLines),
    ],
    ids=["a terminal", "--plain", "--json", "a pipe"],
)
def test_a_run_is_shown_as_asked_and_as_standard_output_can(
    config: MakeConfig, monkeypatch: pytest.MonkeyPatch, out: io.StringIO, flags: tuple[str, ...], shown: type
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stdout", out)
    settings = config(only=("grid",))
    run = PaperRun.of(settings, lambda _: lambda _record: None)
    session = Session(paper_facts(run, RunFiles(settings)), run.core.engine.portfolio, run.core.engine.quote)
    make = view_of(is_plain="is_plain" in flags, is_json="is_json" in flags)
    assert type(make(session, run)) is shown
