"""A restart between the end of an order and its fills: what may have filled is kept again until it is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

import msgspec
import pytest

from framework.checkpoint import checkpoint_of
from framework.config.limits import LimitsTable
from framework.engine.recall import Recall
from framework.kernel.records import OrderMade, Record, ReportTaken, RequestSent, Turn
from framework.model.events import OrderReport, ReportKind, Source
from framework.model.orders import Order, OrderState
from framework.recovery import Recovery
from framework.strategy.base import Strategy
from tests.router.life import BTC
from tests.test_recovery import COIN, USDT, Daemon, World
from tests.wired import MS, NOON, SECOND, quote

LATE, AT_ONCE, LOST = (30 * SECOND,), (0,), ()
DEAREST = Decimal("102.01")
"""What a market buy of a coin may cost: one percent above the ask."""
LIMITS = LimitsTable.model_validate({"max_position": "1000 BTC"})

Verb = Callable[[Strategy], object]
Kept = tuple[Decimal, dict[str, int]]
"""Free coins, and what limits count of orders that ended."""


def sell(strategy: Strategy) -> object:
    return strategy.sell(BTC, "10", price="100", tif="ioc")


def ended(world: World, *, tells: bool, fill: tuple[int, ...] = LATE, verb: Verb = sell) -> tuple[Daemon, Order]:
    """An order of ten that took the one coin there was; its end is told at once, its fill late or not at all."""
    daemon = Daemon(world, "000001", limits=LIMITS)
    hear = daemon.core.report
    if not tells:
        daemon.core.report = lambda told: hear(msgspec.structs.replace(told, filled_points=-1))  # type: ignore[method-assign]  # this venue does not say what filled
    order: Order = daemon.act(verb)
    world.faults.reports = [fill, AT_ONCE]
    daemon.wait(20 * MS)
    assert (order.state, order.filled_points) == (OrderState.EXPIRED, 0)
    return daemon, order


def kept_by(recovery: Recovery) -> Kept:
    core = recovery._core
    assert core.risk is not None
    return core.engine.desk.free("a", "BTC"), dict(core.risk._missing)


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[Kept]:
    """What each daemon keeps once its journal is read, before the venue has said a word."""
    kept: list[Kept] = []
    recover = Recovery.recover

    def recovered(recovery: Recovery, records: Iterable[Record]) -> None:
        recover(recovery, records)
        kept.append(kept_by(recovery))

    monkeypatch.setattr(Recovery, "recover", recovered)
    return kept


@pytest.mark.parametrize("is_kept", [False, True])
@pytest.mark.parametrize(("tells", "missing"), [(False, 10), (True, 1)])
def test_what_may_have_filled_is_neither_free_nor_uncounted_after_a_restart_until_it_is_known(
    found: list[Kept], *, tells: bool, missing: int, is_kept: bool
) -> None:
    """Whether the end is told by the journal alone, or by a checkpoint that was written since."""
    world = World()
    daemon, order = ended(world, tells=tells)
    before: Kept = COIN - missing, {order.client_order_id: missing * 10_000}
    assert kept_by(daemon.recovery) == before
    records = [checkpoint_of(daemon.core, NOON, sends_first=False)] if is_kept else daemon.records
    world.crash(20 * MS)
    again = Daemon(world, "000002", records, limits=LIMITS)
    assert found[1:] == [before]
    again.wait(10 * SECOND)
    assert (kept_by(again.recovery), again.difference) == ((COIN - 1, {}), {})


def test_an_end_that_nobody_could_be_asked_about_is_kept_however_long_the_daemon_was_away(found: list[Kept]) -> None:
    """The first comparison looks back to its end, and nobody need remember its order there."""
    world = World()
    daemon, order = ended(world, tells=False, fill=LOST)
    world.faults.questions = [LOST] * 100
    daemon.wait(70 * SECOND)
    before = kept_by(daemon.recovery)
    assert before == (COIN - 10, {order.client_order_id: 100_000})
    kept = checkpoint_of(daemon.core, NOON, sends_first=False)
    world.faults.questions.clear()
    world.crash(3600 * SECOND)
    again = Daemon(world, "000002", [kept], limits=LIMITS)
    assert found[1:] == [before]
    again.wait(120 * SECOND)
    assert (kept_by(again.recovery), again.difference, again.kinds) == ((COIN - 1, {}), {}, [])


def test_an_end_of_long_before_keeps_nothing(found: list[Kept]) -> None:
    world = World()
    daemon, _ = ended(world, tells=False)
    daemon.wait(120 * SECOND)
    daemon.buy("90")
    world.crash()
    Daemon(world, "000002", daemon.records, limits=LIMITS)
    assert found[1:] == [(COIN - 1, {})]


def test_a_market_buy_of_before_the_restart_keeps_all_money_until_there_is_a_price_and_then_what_it_can_cost() -> None:
    world = World()
    daemon = Daemon(world, "000001")
    world.faults.requests = [LOST]
    order = daemon.act(lambda me: me.buy(BTC, "2"))
    assert (order.state, order.is_market) == (OrderState.SENT, True)
    assert daemon.core.engine.desk.free("a", "USDT") == USDT - 2 * DEAREST
    world.crash()
    again = Daemon(world, "000002", daemon.records, is_quoted=False)
    refused = again.buy("90")
    again.wait(SECOND)
    assert (refused.reason, again.core.engine.desk.free("a", "USDT")) == ("funds", 0)
    again.quote()
    assert again.core.engine.desk.free("a", "USDT") == USDT - 2 * DEAREST
    again.wait(120 * SECOND)
    assert (again.core.engine.desk.free("a", "USDT"), again.difference) == (USDT, {})


def test_so_does_one_that_ended_and_may_lack_fills(monkeypatch: pytest.MonkeyPatch) -> None:
    world, freed = World(), list[Decimal]()
    daemon, _ = ended(world, tells=False, verb=lambda me: me.buy(BTC, "10"))
    recover = Recovery.recover

    def recovered(recovery: Recovery, records: Iterable[Record]) -> None:
        recover(recovery, records)
        engine = recovery._core.engine
        freed.append(engine.desk.free("a", "USDT"))
        engine.process(quote(BTC, NOON))
        freed.append(engine.desk.free("a", "USDT"))

    monkeypatch.setattr(Recovery, "recover", recovered)
    world.crash(20 * MS)
    again = Daemon(world, "000002", daemon.records)
    assert freed == [0, USDT - 10 * DEAREST]
    again.wait(10 * SECOND)
    assert (again.core.engine.desk.free("a", "USDT"), again.difference) == (USDT - 101, {})


def test_a_sweep_of_thousands_before_the_end_is_looked_at_whole() -> None:
    """Fifty orders to a request and ten requests a second end more in a minute than anybody would think."""
    count, records = 3_000, list[Record]([Turn(NOON, 1)])
    for number in range(count):
        order = Order(client_order_id=f"o{number}", strategy="a", instrument=BTC, is_buy=False, size_points=1)
        report = OrderReport(f"o{number}", NOON, ReportKind.CANCELLED, Source.VENUE)
        sent = RequestSent(number + 1, "bitget", "main", BTC.id, "place", (f"o{number}",), (), "place")
        records += [OrderMade.of(order), sent, ReportTaken(report)]
    core = Daemon(World(), "000001").core
    portfolio = core.engine.portfolio
    recall = Recall(core.engine.desk, portfolio, core.ids, dict(core.engine.instruments), portfolio.strategies)
    for record in records:
        recall.take(record)
    assert len(recall.ended_late({"bitget": SECOND})) == count
