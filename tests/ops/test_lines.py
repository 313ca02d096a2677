"""A run as lines."""

from __future__ import annotations

import io
import json

import pytest

from framework.model.events import FeedState, ReportKind
from framework.ops.lines import LINES_MAX, JsonLines, PlainLines, wants_terminal
from framework.reports.board import Board
from tests.reports.synthetic import BTC, ETH, SECOND_NS, START_NS, Run


def plain(run: Run) -> tuple[PlainLines, io.StringIO]:
    out = io.StringIO()
    lines = PlainLines(Board(run.session), out)
    lines.start()
    out.truncate(0)
    out.seek(0)
    return lines, out


def filled(run: Run, count: int) -> None:
    for _ in range(count):
        order = run.order("mm")
        run.send(order)
        run.fill(order)


def test_the_head_says_what_runs() -> None:
    out = io.StringIO()
    PlainLines(Board(Run().session), out).start()
    assert out.getvalue().startswith(
        "PAPER: no key, no real orders\ntape      Binance tape 2024-08-08, from 23:54:13 UTC\n"
    )
    assert max(map(len, out.getvalue().splitlines())) <= 80


def test_what_happens_is_a_line_each() -> None:
    run = Run()
    lines, out = plain(run)
    filled(run, 1)
    run.end(run.order("mm"), ReportKind.REFUSED, "min_notional", "min notional 1 USDT, order 0.42")
    run.feed(FeedState.STALE, "nothing for 3 s")
    run.session.quarantined("sma", run.now_ns, "on_bar raised KeyError: 'x'")
    lines.refresh(run.now_ns)
    assert out.getvalue().splitlines() == [
        "23:54:13 mm bought 0.0016 BTC at 61,648.20 (maker)",
        "23:54:13 mm refused: min notional 1 USDT, order 0.42",
        "23:54:13 BTC/USDT feed is stale: nothing for 3 s",
        "23:54:13 sma put aside: on_bar raised KeyError: 'x'",
    ]


def test_a_flood_is_counted_and_the_loud_ones_still_come_through() -> None:
    run = Run()
    lines, out = plain(run)
    filled(run, LINES_MAX + 12)
    for _ in range(3):
        run.end(run.order("mm"), ReportKind.REFUSED, "funds", "free 0")
    run.session.quarantined("mm", run.now_ns, "raised")
    lines.refresh(run.now_ns)
    written = out.getvalue().splitlines()
    assert len(written) == LINES_MAX + 2
    assert written[-2] == "23:54:13 mm put aside: raised"
    assert written[-1] == "23:54:13 ... and 12 more fills, 3 more refusals"


def test_the_same_refusal_again_and_again_is_counted_until_the_next_status() -> None:
    """A live run is looked at four times a second: of a refusal on every quote no refresh has many."""
    run = Run(["mm", "sma"])
    lines, out = plain(run)
    lines.refresh(START_NS)
    for quarter in range(1, 120):
        run.end(run.order("mm"), ReportKind.REFUSED, "funds", f"free 0.{quarter}")
        lines.refresh(START_NS + quarter * SECOND_NS // 4)
    run.end(run.order("sma"), ReportKind.REFUSED, "funds", "free 0")
    lines.refresh(START_NS + 30 * SECOND_NS)
    run.end(run.order("mm"), ReportKind.REFUSED, "funds", "free 0")
    run.end(run.order("mm"), ReportKind.REJECTED, "post_only", "it would trade at once")
    lines.refresh(START_NS + 31 * SECOND_NS)
    run.end(run.order("mm"), ReportKind.REFUSED, "funds", "free 0")
    lines.refresh(START_NS + 32 * SECOND_NS)
    lines.stop()
    lines.stop()
    written = [line.partition(" ")[2] for line in out.getvalue().splitlines()]
    assert written[:3] == ["mm refused: free 0.1", "sma refused: free 0", "... and 118 more refusals"]
    assert written[3].startswith("-- 30/651 s")
    assert written[4:] == [
        "mm refused: free 0",
        "mm rejected by the venue: it would trade at once",
        "... and 1 more refusal",
    ]


def test_a_status_line_comes_each_30_seconds_of_the_tape() -> None:
    run = Run()
    run.quote(BTC, 61_600)
    run.quote(ETH, 2_650)
    lines, out = plain(run)
    for second in range(301):
        lines.refresh(START_NS + second * SECOND_NS)
    written = out.getvalue().splitlines()
    assert len(written) == 10
    assert written[0] == "23:54:43 -- 30/651 s, equity 12,000.00 USDT, net 0.00 USDT, 0 fills, 0 refused, 0% saved"


def test_at_full_speed_one_status_line_a_refresh_is_enough() -> None:
    run = Run()
    lines, out = plain(run)
    for second in (0, 300, 600):
        lines.refresh(START_NS + second * SECOND_NS)
    assert len(out.getvalue().splitlines()) == 2


def test_stop_writes_what_is_left() -> None:
    run = Run()
    lines, out = plain(run)
    filled(run, 2)
    lines.stop()
    lines.stop()
    assert len(out.getvalue().splitlines()) == 2


@pytest.mark.fault("A5")
def test_every_line_is_one_line_whatever_plugins_say() -> None:
    run = Run(["m\nm"])
    lines, out = plain(run)
    run.end(run.order("m\nm"), ReportKind.REJECTED, "x", "one\ntwo\x1b[31m\rthree\u2028four")
    lines.refresh(run.now_ns)
    assert out.getvalue() == "23:54:13 m\\nm rejected by the venue: one\\ntwo\\x1b[31m\\rthree\\u2028four\n"


def test_json_lines_leave_nothing_out() -> None:
    run, out = Run(), io.StringIO()
    lines = JsonLines(Board(run.session), out)
    lines.start()
    filled(run, 200)
    run.end(run.order("sma"), ReportKind.REFUSED, "funds", "free\n0")
    run.feed(FeedState.GAP, "1 update is missing")
    lines.refresh(START_NS)
    lines.refresh(START_NS + 30 * SECOND_NS)
    run.session.quarantined("mm", run.now_ns, "raised")
    lines.stop()
    events = [json.loads(line) for line in out.getvalue().splitlines()]
    names = [event["event"] for event in events]
    assert names[0] == "run.started"
    assert names.count("order.filled") == 200
    assert names[201:] == ["order.refused", "feed.gap", "run.status", "strategy.quarantined"]
    assert events[1]["price"] == 61_648.2
    assert events[201]["detail"] == "free\n0"
    assert events[203]["fills"] == 200


class GonePipe(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


@pytest.mark.parametrize("kind", [PlainLines, JsonLines])
def test_a_gone_reader_is_told_to_the_caller_and_not_to_the_engine(kind: type[PlainLines] | type[JsonLines]) -> None:
    run, out = Run(), io.StringIO()
    lines = kind(Board(run.session), out)
    lines.start()
    lines._out = GonePipe()
    filled(run, 1)  # the engine's turn: nothing is written in it
    with pytest.raises(BrokenPipeError):
        lines.refresh(run.now_ns)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_live_view_needs_a_terminal_that_can_move_its_cursor() -> None:
    assert wants_terminal(Terminal(), {"TERM": "xterm-256color"})
    assert not wants_terminal(Terminal(), {"TERM": "dumb"})
    assert not wants_terminal(Terminal(), {})
    assert not wants_terminal(io.StringIO(), {"TERM": "xterm"})


def test_the_parts_of_an_order_in_one_second_are_one_line_and_json_has_each() -> None:
    run = Run()
    lines, out = plain(run)
    told = io.StringIO()
    as_json = JsonLines(Board(run.session), told)
    as_json.start()
    order, other = run.order("mm", size_points=9_000), run.order("grid")
    for one in (order, other):
        run.send(one)
    for _ in range(3):
        run.fill(order, size_points=1_000)
    run.fill(other)
    lines.refresh(run.now_ns)
    as_json.refresh(run.now_ns)
    assert out.getvalue().splitlines() == [
        "23:54:13 mm bought 0.003 BTC at 61,648.20 (parts 1 to 3, maker)",
        "23:54:13 grid bought 0.0016 BTC at 61,648.20 (maker)",
    ]
    assert told.getvalue().count('"event":"order.filled"') == 4


def test_plain_lines_are_folded_on_a_terminal_and_json_never_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("framework.kernel.screen.columns", lambda _: 40)
    out, json_out = io.StringIO(), io.StringIO()
    PlainLines(Board(Run().session), out).start()
    JsonLines(Board(Run().session), json_out).start()
    assert max(map(len, out.getvalue().splitlines())) <= 40
    assert json.loads(json_out.getvalue().splitlines()[0])
