"""A session in words."""

from __future__ import annotations

import json
from decimal import Decimal

from framework.model.events import FeedState
from framework.ops.watched import Watched
from framework.reports.board import Board
from tests.reports.synthetic import BTC, ETH, SECOND_NS, START_NS, Run, full_run


def test_a_board_is_what_views_watch() -> None:
    watched: Watched = Board(Run().session)
    assert watched.mode == "PAPER"
    assert watched.speed == "x10"
    assert Board(Run(speed="max").session).speed == "max speed"


def test_progress_is_seconds_of_the_tape_and_its_round() -> None:
    board = Board(Run().session)
    assert board.progress(START_NS + 477 * SECOND_NS) == (477 / 651, "477/651 s")
    assert board.progress(START_NS + 651 * SECOND_NS) == (1.0, "651/651 s")
    assert board.progress(START_NS + 652 * SECOND_NS) == (1.0, "651/651 s")
    assert board.progress(START_NS - 5)[0] == 0
    looped = Run(ts_end_ns=0)
    assert Board(looped.session).progress(START_NS + 500 * SECOND_NS) == (None, "500 s")
    looped.feed(FeedState.SEAM, instrument=BTC)
    looped.feed(FeedState.SEAM, instrument=ETH)
    assert Board(looped.session).progress(START_NS + 5_000 * SECOND_NS) == (None, "5,000 s, round 2")


def test_times_are_shown_in_the_display_zone_with_the_date_on_long_tapes() -> None:
    board = Board(Run(display_tz="Europe/Berlin").session)
    assert board.time(START_NS) == "01:54:13"
    assert board.zone(START_NS) == "CEST"
    long = Board(Run(ts_end_ns=START_NS + 90_000 * SECOND_NS).session)
    assert long.time(START_NS) == "08-08 23:54:13"


def test_the_feed_line_gives_its_age_or_its_trouble() -> None:
    run = Run()
    board = Board(run.session)
    assert board.feed(START_NS) == "feed: no quote yet"
    run.quote(BTC, 61_655)
    assert board.feed(START_NS + SECOND_NS // 10) == "feed ok, last 0.1 s"
    run.feed(FeedState.STALE)
    run.feed(FeedState.GAP, instrument=ETH)
    assert board.feed(START_NS + 4 * SECOND_NS) == "feed STALE BTC/USDT +1, last 4.0 s"


def test_what_no_market_values_is_named_without_a_tape_where_there_is_none() -> None:
    for mode, where in (("PAPER", "on this tape"), ("LIVE", "in this run")):
        session = Run(mode=mode, balances={"USDT": Decimal(1), "DOGE": Decimal(3)}).session
        assert f"not valued 3 DOGE (no market {where})" in Board(session).headline()


def test_prices_carry_the_digits_of_their_instrument() -> None:
    run = Run()
    run.quote(BTC, 61_655)
    assert Board(run.session).prices() == ["BTC 61,655.00", "ETH -"]


def test_rows_show_positions_by_worth_and_who_is_put_aside() -> None:
    rows = {row.name: row for row in Board(full_run(400).session).rows()}
    assert rows["mm"].positions == ("-0.35 ETH", "+0.0012 BTC")
    assert rows["rebalance"].positions == ()
    assert rows["grid"].is_quarantined
    assert not rows["mm"].is_quarantined
    assert rows["mm"].refused == "2"
    assert rows["mm"].net.startswith(("+", "-"))


def test_the_headline_names_tape_rules_balances_and_strategies() -> None:
    whole = "\n".join(Board(Run().session).headline())
    for wanted in ("Binance tape 2024-08-08", "as of 2026-07-01", "10,000 USDT", "market_maker, capital 6,000 USDT"):
        assert wanted in whole


def test_json_of_head_and_status_are_objects_of_one_line() -> None:
    board = Board(full_run(100).session)
    head, status = board.headline_json(), board.status_json(START_NS)
    assert json.loads(head)["event"] == "run.started"
    assert json.loads(head)["balances"]["BTC"] == 0.02
    assert json.loads(status)["event"] == "run.status"
    assert json.loads(status)["fills"] > 0
    assert "\n" not in head + status
