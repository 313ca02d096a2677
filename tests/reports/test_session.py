"""What a session counts and keeps."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from framework.kernel.records import KillStepped
from framework.model.errors import ConfigError
from framework.model.events import FeedState, Quote, ReportKind
from framework.model.figures import Holding
from framework.model.instrument import Instrument
from framework.model.money import ZERO
from framework.ports import Ledgers, Listener
from framework.reports import session as session_module
from framework.reports.board import Board, held_text
from framework.reports.closing import closing_lines
from framework.reports.happenings import DustSeen, Happening
from framework.reports.session import Session
from tests.reports.pages import page_of
from tests.reports.synthetic import BTC, ETH, SECOND_NS, START_NS, FakeLedgers, Run, facts, full_run, summary_of


def test_a_session_is_a_listener() -> None:
    run = Run()
    listener: Listener = run.session
    ledgers: Ledgers = run.ledgers
    assert listener is run.session
    assert run.session.ledgers is ledgers


def test_seconds_to_the_first_fill_are_those_of_the_first() -> None:
    seconds = iter([2.5, 2.5])
    run = Run()
    run.session = Session(run.facts, run.ledgers, run.quotes.get, since_start_s=lambda: next(seconds))
    assert run.session.total.first_fill_s is None
    for _ in range(3):
        order = run.order("mm")
        run.send(order)
        run.fill(order)
    assert run.session.total.first_fill_s == run.session.tally("mm").first_fill_s == 2.5
    assert next(seconds, None) is None


def test_orders_are_live_from_sending_to_their_end() -> None:
    run = Run()
    orders = [run.order("mm") for _ in range(3)]
    run.send(*orders)
    run.session.reported(orders[0], run.report(orders[0], ReportKind.ACCEPTED))
    assert run.session.live_orders == orders
    run.fill(orders[0])
    run.end(orders[1], ReportKind.CANCELLED)
    run.end(run.order("mm"), ReportKind.REFUSED, "funds")
    run.end(run.order("mm"), ReportKind.CANCELLED, "withdrawn")
    assert run.session.live_orders == [orders[2]]
    assert run.session.ended["mm"] == {"filled": 1, "cancelled": 1, "refused": 1, "withdrawn": 1}


def test_curves_are_bounded_however_long_the_run() -> None:
    run = Run()
    run.quote(BTC, 61_600)
    run.quote(ETH, 2_650)
    for second in range(30_000):
        run.session.sample(START_NS + second * SECOND_NS)
        run.session.plotted("sma", "mean", START_NS + second * SECOND_NS, second)
    run.session.close(START_NS + 30_000 * SECOND_NS)
    assert 1_000 <= len(run.session.samples.items) <= 2_001
    assert run.session.samples.items[-1].ts_ns == START_NS + 30_000 * SECOND_NS
    assert len(run.session.plots["sma", "mean"].points.items) <= 2_000


def test_a_sample_that_is_not_kept_asks_the_ledgers_nothing() -> None:
    asked = []

    class Counting(FakeLedgers):
        def account(self, asset: str):
            asked.append(asset)
            return super().account(asset)

    run = Run()
    session = Session(facts(), Counting(["mm"]), run.quotes.get)
    for second in range(100_000):
        session.sample(START_NS + second * SECOND_NS)
    assert len(asked) < 10_000


def test_plotted_series_are_bounded_in_number() -> None:
    run = Run()
    for number in range(500):
        run.session.plotted("sma", f"line {number}", START_NS, 1.0)
    assert len(run.session.plots) == session_module.PLOTS_MAX
    assert run.session.plots_left_out == 500 - session_module.PLOTS_MAX


def test_fills_are_thinned_beyond_their_bound_and_still_all_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "FILLS_MAX", 100)
    run = Run()
    for _ in range(450):
        order = run.order("mm")
        run.send(order)
        run.fill(order)
    assert run.session.total.fills == 450
    assert len(run.session.fills.items) < 100
    assert run.session.fills.stride == 8


def test_drawdown_is_the_fall_below_the_best_so_far() -> None:
    run = Run(["mm"])
    for second, net in enumerate((0, 5, 2, 6, -1, 3)):
        run.ledgers.price["mm"] = Decimal(net)
        run.session.sample(START_NS + second * SECOND_NS)
    assert [sample.drawdown for sample in run.session.samples.items] == [0, 0, -3, 0, -7, -3]
    assert run.session.drawdown_max == -7


def test_equity_is_unknown_until_everything_held_has_a_price() -> None:
    run = Run()
    run.session.sample(START_NS)
    run.quote(BTC, 61_600)
    run.session.sample(START_NS + 1)
    run.quote(ETH, 2_650)
    run.session.sample(START_NS + 2)
    assert [sample.equity is None for sample in run.session.samples.items] == [True, True, False]
    assert run.session.samples.items[1].mids == (61_600.0, None)


def test_feed_states_are_kept_and_the_first_life_is_no_news() -> None:
    run = Run()
    run.feed(FeedState.LIVE)
    run.feed(FeedState.GAP, "2 updates are missing")
    run.feed(FeedState.DEFECT, "row 9: no price")
    assert run.session.feed_states == {BTC: FeedState.GAP}
    assert [happening.text for happening in run.session.happenings] == [
        "BTC/USDT feed has a gap: 2 updates are missing",
        "BTC/USDT feed has a defect: row 9: no price",
    ]


def test_hearers_are_told_in_order_and_the_memory_of_the_last_is_bounded() -> None:
    run, heard = Run(), list[Happening]()
    run.session.hear(heard.append)
    for _ in range(60):
        order = run.order("mm")
        run.send(order)
        run.fill(order)
    run.session.quarantined("mm", run.now_ns, "on_quote raised KeyError: 'x'\n  line 2")
    assert len(heard) == 61
    assert heard[0].text == "mm bought 0.0016 BTC at 61,648.20 (maker)"
    assert heard[-1].text == "mm put aside: on_quote raised KeyError: 'x'\\n  line 2"
    assert len(run.session.happenings) == session_module.HAPPENINGS_MAX


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(ConfigError, match="display_tz"):
        Run(display_tz="Nowhere/At/All")


def test_the_made_up_run_is_the_same_every_time() -> None:
    one, other = full_run(200), full_run(200)
    assert [h.json for h in one.session.fills.items] == [h.json for h in other.session.fills.items]
    assert one.session.samples.items == other.session.samples.items


def test_a_targets_dust_happens_once_and_its_last_rest_is_kept() -> None:
    run = Run()
    for points in (3, -2, 0, 5):
        run.session.left_dust("sma", BTC, START_NS, points)
    seen = [happening for happening in run.session.happenings if isinstance(happening, DustSeen)]
    assert [happening.points for happening in seen] == [3]
    assert seen[0].text == "sma stays 0.000003 BTC below its target: less than any order (dust)"
    assert json.loads(seen[0].json) == {
        "event": "target.left_dust", "ts_ns": START_NS, "strategy": "sma", "instrument": BTC.id, "missing": 0.000003
    }  # fmt: skip
    assert [(left.strategy, left.kind, str(left.size)) for left in summary_of(run).dust] == [
        ("sma", "dust", "0.000005")
    ]
    run.session.left_dust("sma", BTC, START_NS, 0)
    assert summary_of(run).dust == []


def test_dust_is_said_in_the_closing_words_and_in_the_report() -> None:
    run = Run()
    assert "dust" not in "\n".join(closing_lines(summary_of(run)))
    run.session.left_dust("sma", BTC, START_NS, -7)
    assert "dust        sma stays 0.000007 BTC above its target (less than any order)" in closing_lines(summary_of(run))
    assert "sma: stays 0.000007 BTC above its target, which is less than any order (dust)" in page_of(run)


def test_a_position_too_small_for_any_order_is_called_dust() -> None:
    run = Run()
    tiny = replace(BTC, notional_min=Decimal(1))
    held = [Holding(tiny, 16, Decimal(61600), ZERO, ZERO), Holding(tiny, 17, Decimal(61600), ZERO, ZERO)]
    assert [held_text(run.session, holding) for holding in held] == ["+0.000016 BTC", "+0.000017 BTC"], "no quote yet"
    run.quotes[tiny] = Quote(tiny, START_NS, 6_160_000, 1, 6_160_001, 1)
    assert [held_text(run.session, holding) for holding in held] == ["+0.000016 BTC (dust)", "+0.000017 BTC"]


def test_positions_of_spot_and_perpetual_of_one_asset_say_which_they_are() -> None:
    swap = Instrument("BTC/USDT:USDT", "bitget", 2, 6)
    run = Run(instruments=(BTC, ETH, swap))
    held = [Holding(there, -1600, Decimal(61600), ZERO, ZERO) for there in (BTC, swap, ETH)]
    assert [held_text(run.session, holding) for holding in held] == [
        "-0.0016 BTC in BTC/USDT",
        "-0.0016 BTC in BTC/USDT:USDT",
        "-0.16 ETH",
    ]


def test_what_has_no_price_yet_is_named_until_it_has_one() -> None:
    run = Run()
    board = Board(run.session)
    assert run.session.without_price == ["0.02 BTC", "0.4 ETH"]
    assert board.equity().endswith("USDT (not valued: BTC, ETH)")
    run.quote(BTC, 61_600)
    assert (run.session.without_price, summary_of(run).not_valued) == (["0.4 ETH"], ["0.4 ETH"])
    run.quote(ETH, 2_650)
    assert board.equity().endswith(" USDT")
    assert summary_of(run).not_valued == []


def test_what_the_kill_switch_holds_back_is_told_once_in_each_of_its_states() -> None:
    run = Run()
    heard: list[Happening] = []
    run.session.hear(heard.append)

    def refused(strategy: str, why: str = "global reducing: gap") -> None:
        run.end(run.order(strategy), ReportKind.REFUSED, "gate_closed", why)

    for _ in range(20):
        refused("mm")
    refused("sma")
    assert [seen.text.split()[0] for seen in heard] == ["mm", "sma"]
    refused("mm", "global tripped: loss")
    assert len(heard) == 3
    run.session.killed(run.now_ns, KillStepped("global", "armed", "operator", "looked", "ann", ""))
    refused("mm")
    assert len(heard) == 5
    assert run.session.total.refusals == 23, "all of them are counted"
