"""The live view: readable at any width, with or without colours."""

from __future__ import annotations

import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

from framework.model.events import FeedState, ReportKind
from framework.ops.terminal import COLUMNS, TerminalView, columns_for, position_cell
from framework.reports.board import Board, BoardRow
from tests.reports.synthetic import BTC, SECOND_NS, START_NS, Run, full_run


def console_of(width: int, height: int = 24, **values: object) -> Console:
    settings: dict[str, object] = {"force_terminal": True, "color_system": "truecolor", "_environ": {}}
    return Console(file=io.StringIO(), width=width, height=height, **{**settings, **values})


def picture(run: Run, width: int, height: int = 24, **values: object) -> list[str]:
    console = console_of(width, height, color_system=None)
    view = TerminalView(Board(run.session), console=console, **values)
    with console.capture() as captured:
        console.print(view.frame(run.now_ns))
    return re.sub(r"\x1b\[[0-9;]*m", "", captured.get()).splitlines()


def test_at_80_columns_everything_of_the_design_is_there() -> None:
    run = full_run(357)
    lines = picture(run, 80, budget=lambda: ("place 3/10  cancel 1/10 per s",))
    assert max(map(cell_len, lines)) <= 80
    whole = "\n".join(lines)
    for wanted in (
        "PAPER  no key, no real orders   ARMED   00:00:10 UTC tape time   x10",
        "Binance tape 2024-08-08 · Bitget spot rules · queue fills · 20-60 ms",
        "] 357/651 s   feed ok, last 0.0 s",
        "BTC 61,",
        "equity 11,9",
        "net -",
        "(saved 80%)   place 3/10  cancel 1/10 per s",
        "-0.35 ETH +1 more",
        "+0.0032 BTC",
        "grid PUT ASIDE",
        "grid put aside: on_quote raised ZeroDivisionError",
    ):
        assert wanted in whole, wanted
    head = next(line for line in lines if line.startswith("STRATEGY"))
    assert head.split() == ["STRATEGY", "POSITION", "OPEN", "FILLS", "REFUSED", "PNL", "NET", "FEES"]


@pytest.mark.parametrize("width", [1, 20, 27, 40, 60, 79, 80, 81, 100, 120, 300])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = picture(full_run(360), width)
    assert max(map(cell_len, lines)) <= max(width, 20)


@pytest.mark.parametrize("height", [1, 5, 10, 16, 24, 60])
def test_the_picture_is_no_higher_than_the_terminal_where_that_can_be(height: int) -> None:
    lines = picture(full_run(360), 80, height)
    assert len(lines) <= max(height, 9)


def test_at_40_columns_name_and_profit_stay() -> None:
    whole = "\n".join(picture(full_run(360), 40))
    head = next(line for line in whole.splitlines() if line.startswith("STRATEGY"))
    assert "PNL NET" in head
    assert "ARMED" in whole
    assert "x10" in whole
    assert "360/651 s" in whole


def test_columns_go_by_rank_and_what_is_left_goes_to_the_first_words() -> None:
    assert columns_for(80)[1].title == "POSITION"
    assert [column.title for column in columns_for(40)] == ["STRATEGY", "FILLS", "PNL NET"]
    for width in (27, 40, 80, 100):
        assert sum(column.width for column in columns_for(width)) == width
    assert sum(column.width for column in COLUMNS) <= 80


def test_more_strategies_than_rows_are_counted() -> None:
    run = Run([f"s{number}" for number in range(50)])
    lines = picture(run, 80)
    assert any(re.fullmatch(r"\.\.\. and \d+ more", line.strip()) for line in lines)
    assert len(lines) <= 24


@pytest.mark.fault("A5")
def test_foreign_text_cannot_steer_the_terminal_nor_rich() -> None:
    evil = "\x1b[2J\n[bold red]x[/]\u202e"
    run = Run([evil], tape=evil, rules=evil)
    run.quote(BTC, 61_600)
    run.end(run.order(evil), ReportKind.REFUSED, "bad", evil)
    run.session.quarantined(evil, run.now_ns, evil)
    console = console_of(80, color_system=None)
    view = TerminalView(Board(run.session), console=console)
    with console.capture() as captured:
        console.print(view.frame(run.now_ns))
    written = re.sub(r"\x1b\[[0-9;]*m", "", captured.get())
    assert "\x1b" not in written
    assert "\u202e" not in written
    assert "[bold red]x[/]" in written


def test_wide_letters_are_measured_in_cells() -> None:
    run = Run(["東京の戦略はとても長い名前です", "b"])
    assert max(map(cell_len, picture(run, 80))) <= 80


def test_words_stand_beside_colours() -> None:
    run = full_run(360)
    run.feed(FeedState.STALE, "nothing for 3 s")
    whole = "\n".join(picture(run, 80, armed=lambda: "TRIPPED: loss limit"))
    assert "TRIPPED: loss limit" in whole
    assert "feed STALE BTC/USDT" in whole
    assert "PUT ASIDE" in whole


def test_no_color_is_honoured() -> None:
    run = full_run(100)
    for environment, has_colours in (({}, True), ({"NO_COLOR": "1"}, False)):
        console = console_of(80, _environ=environment)
        view = TerminalView(Board(run.session), console=console)
        view.start()
        view.refresh(run.now_ns)
        view.stop()
        assert isinstance(console.file, io.StringIO)
        assert bool(re.search(r"\x1b\[[0-9;]*3[1-6]", console.file.getvalue())) == has_colours


def test_a_run_without_anything_is_drawn() -> None:
    run = Run([], instruments=(), ts_end_ns=0)
    whole = "\n".join(picture(run, 80))
    assert "running 0 s" in whole
    assert "nothing has happened yet" in whole


def test_without_unicode_the_separator_is_ascii() -> None:
    run = full_run(30)
    console = console_of(80, color_system=None)
    console.file = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    view = TerminalView(Board(run.session), console=console)
    view.start()
    view.refresh(run.now_ns)
    view.stop()
    console.file.flush()
    assert b"2024-08-08 | Bitget" in console.file.buffer.getvalue()  # type: ignore[attr-defined]


def test_each_refresh_draws_over_the_last_and_stop_gives_the_terminal_back() -> None:
    run = full_run(30)
    console = console_of(80)
    view = TerminalView(Board(run.session), console=console)
    view.start()
    for second in range(3):
        view.refresh(START_NS + second * SECOND_NS)
    view.stop()
    console.print("after")
    assert isinstance(console.file, io.StringIO)
    written = console.file.getvalue()
    assert "\x1b[1A" in written
    assert written.index("\x1b[?25l") < written.index("\x1b[?25h") < written.index("after")
    assert "2/651 s" in written


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (60, "+0.5 BTC, +1.5 ETH, +9 SOL"),
        (27, "+0.5 BTC, +1.5 ETH, +9 SOL"),
        (26, "+0.5 BTC, +1.5 ETH +1"),
        (21, "+0.5 BTC +2 more"),
        (16, "+0.5 BTC +2"),
        (11, "3 positions"),
    ],
)
def test_as_many_positions_as_fit_are_shown_and_the_others_counted(width: int, shown: str) -> None:
    row = BoardRow("mm", ("+0.5 BTC", "+1.5 ETH", "+9 SOL"), "0", "0", "0", "0.00", "0.00", False)
    assert position_cell(row, width).plain == shown


def test_no_position_is_flat() -> None:
    assert position_cell(BoardRow("mm", (), "0", "0", "0", "0.00", "0.00", False), 22).plain == "flat"
