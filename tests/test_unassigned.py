"""What is nobody's: a person who closed a strategy's position by hand has it closed in the books."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from framework.checkpoint import checkpoint_of
from framework.kernel.book_records import PositionsNetted
from framework.kernel.records import OperatorAsked
from framework.model.events import Fill
from framework.model.money import ZERO
from framework.model.orders import UNASSIGNED, Order
from framework.router.kill.operator import Answer, asked_of
from framework.venues.sim.orders import VenueOrder
from tests.router.life import BTC
from tests.test_recovery import COIN, PRICE, SWAP, USDT, Daemon, Holder, World
from tests.wired import NOON, SECOND, quote

CLOSED = msgspec.structs.replace(asked_of("adopt", reason="sold by hand", who="ann"), subject="a")


def sold_by_hand(world: World, daemon: Daemon, size_points: int = 10_000) -> None:
    """A person sells what a strategy holds, on the venue's page; it is found."""
    order = VenueOrder("by-hand", BTC, False, size_points, size_points, price_points=10_000)
    world.venue._entry.place(order, world.now_ns)
    daemon.recovery.compare_anew(NOON)
    daemon.wait(10 * SECOND)


def adopted(daemon: Daemon, strategy: str = "a") -> Answer:
    return daemon.core.operate(msgspec.structs.replace(CLOSED, subject=strategy))


def test_coins_that_a_person_sold_by_hand_are_sold_in_the_books_of_the_strategy_that_had_them() -> None:
    world = World()
    daemon = Daemon(world, "000001")
    sold_by_hand(world, daemon)
    assert daemon.difference["BTC"] == -1
    told = adopted(daemon).text
    assert told.endswith("BTC/USDT@bitget: a sold 1 BTC at 100.5, by your hand"), told
    assert "--close" not in told, "it was said, and done"
    portfolio = daemon.core.engine.portfolio
    assert portfolio.ledger("a").cash == {"USDT": USDT + Decimal("100.5"), "BTC": COIN - 1}
    assert portfolio.unassigned["BTC"] == 0, "nobody is short of what a flattening would sell against"
    assert portfolio.unassigned["USDT"] == Decimal("-0.5"), "what it made otherwise than at the middle"
    assert daemon.difference == {}
    (netted,) = [record for record in daemon.records if isinstance(record, PositionsNetted)]
    assert (netted.buyer, netted.seller, netted.size_points) == (UNASSIGNED, "a", 10_000)
    assert [each.subject for each in daemon.records if isinstance(each, OperatorAsked)][-1] == "a"
    again_asked = adopted(daemon)
    assert "nothing closed: no position of a stands against what is nobody's" in again_asked.text
    assert not again_asked.is_done, "whoever asked for it finds it undone in the exit code too"
    kept = checkpoint_of(daemon.core, NOON, sends_first=False)
    for records in (daemon.records, [kept]):
        world.crash()
        again = Daemon(world, f"{len(records):06}", list(records))
        assert (again.kinds, again.difference) == ([], {})
        assert again.core.engine.portfolio.ledger("a").cash == portfolio.ledger("a").cash


@pytest.mark.parametrize("restarts", ["not", "from the whole journal", "from a checkpoint"])
def test_beside_coins_of_a_persons_own_what_was_sold_by_hand_is_closed_too_after_it_was_adopted(restarts: str) -> None:
    world = World(BTC=COIN + 5)
    daemon = Daemon(world, "000001")
    portfolio = daemon.core.engine.portfolio
    assert portfolio.unassigned["BTC"] == 5
    sold_by_hand(world, daemon)
    told = daemon.core.operate(asked_of("adopt", who="ann")).text
    assert "BTC/USDT@bitget: our books have a 100; if you closed a strategy's by hand: run.py adopt --close" in told
    assert portfolio.unassigned["BTC"] == 4
    if restarts != "not":
        kept = checkpoint_of(daemon.core, NOON, sends_first=False)
        world.crash()
        daemon = Daemon(world, "000002", [kept] if restarts == "from a checkpoint" else daemon.records)
        portfolio = daemon.core.engine.portfolio
    before = portfolio.totals()
    assert adopted(daemon).text.endswith("BTC/USDT@bitget: a sold 1 BTC at 100.5, by your hand")
    assert (portfolio.ledger("a").cash["BTC"], portfolio.unassigned["BTC"]) == (COIN - 1, 5), (
        "and no coin of the person's"
    )
    assert portfolio.totals() == before
    assert "nothing closed" in adopted(daemon).text


def test_coins_that_a_person_moved_and_brought_back_close_nothing() -> None:
    world = World(BTC=COIN + 5)
    daemon = Daemon(world, "000001")
    sold_by_hand(world, daemon)
    daemon.core.operate(asked_of("adopt", who="ann"))
    world.venue._entry.place(VenueOrder("back", BTC, True, 10_000, 10_000, price_points=10_100), world.now_ns)
    daemon.recovery.compare_anew(NOON)
    daemon.wait(10 * SECOND)
    assert "nothing closed: no position of a stands against what is nobody's" in adopted(daemon).text
    assert daemon.core.engine.portfolio.by_hand.less(BTC) == 0


def test_a_perpetual_that_a_person_closed_by_hand_is_closed_in_the_books_after_it_was_adopted_too() -> None:
    world = World()
    holder = Holder(world)
    daemon = Daemon(world, "000001", instruments=(BTC, SWAP))
    portfolio = daemon.core.engine.portfolio
    bought = Order(client_order_id="o", strategy="a", instrument=SWAP, is_buy=True, size_points=6_000)
    portfolio.fill(bought, Fill("t", int(PRICE) * 100, 6_000, ZERO, "USDT", is_maker=True))
    holder.positions = {SWAP.id: 2_000}  # four of six
    daemon.recovery.compare_anew(NOON)
    daemon.wait(10 * SECOND)
    totals, costs = dict(portfolio.totals()), portfolio.position_costs("bitget")
    told = daemon.core.operate(asked_of("adopt", who="ann")).text
    assert "-0.4 is nobody's now" in told
    unquoted = adopted(daemon)
    assert "not closed: expected a quote to close it at, found none" in unquoted.text
    assert not unquoted.is_done
    daemon.play(quote(SWAP, daemon.core.clock.now_ns, 60_000, 60_002))
    costs = portfolio.position_costs("bitget")
    assert adopted(daemon).text.endswith("BTC/USDT:USDT@bitget: a sold 0.4 BTC at 600.01, by your hand")
    assert (portfolio.position_points("a", SWAP), portfolio.unassigned_points(SWAP)) == (2_000, 0)
    assert (portfolio.totals(), portfolio.position_costs("bitget")) == (totals, costs), "the account has what it had"
    daemon.recovery.compare_anew(NOON)
    daemon.wait(10 * SECOND)
    assert daemon.kinds == []


@pytest.mark.parametrize("is_kept", [False, True])
@pytest.mark.parametrize("side", [1, -1])
def test_beside_a_persons_own_position_in_a_perpetual_what_was_closed_by_hand_is_closed_too(
    side: int, *, is_kept: bool
) -> None:
    world = World()
    holder = Holder(world)
    holder.positions = {SWAP.id: side * 9_000}  # a person's own, from before
    daemon = Daemon(world, "000001", instruments=(BTC, SWAP))
    portfolio = daemon.core.engine.portfolio
    assert portfolio.unassigned_points(SWAP) == side * 9_000
    opened = Order(client_order_id="o", strategy="a", instrument=SWAP, is_buy=side > 0, size_points=6_000)
    portfolio.fill(opened, Fill("t", int(PRICE) * 100, 6_000, ZERO, "USDT", is_maker=True))
    holder.positions = {SWAP.id: side * 11_000}  # four of its six are closed
    daemon.recovery.compare_anew(NOON)
    daemon.wait(10 * SECOND)
    told = daemon.core.operate(asked_of("adopt", who="ann")).text
    assert "our books have a " + ("" if side > 0 else "-") + "0.6; if you closed a strategy's by hand" in told
    if is_kept:
        kept = checkpoint_of(daemon.core, NOON, sends_first=False)
        world.crash()
        daemon = Daemon(world, "000002", [kept], instruments=(BTC, SWAP))
        portfolio = daemon.core.engine.portfolio
    daemon.play(quote(SWAP, daemon.core.clock.now_ns, 60_000, 60_002))
    assert f"a {'sold' if side > 0 else 'bought'} 0.4 BTC at 600.01, by your hand" in adopted(daemon).text
    assert portfolio.position_points("a", SWAP) == side * 2_000
    assert portfolio.unassigned_points(SWAP) == side * 9_000, "and nothing of the person's"
    assert "nothing closed" in adopted(daemon).text
    daemon.recovery.compare_anew(NOON)
    daemon.wait(10 * SECOND)
    assert daemon.kinds == []


def test_a_strategy_that_is_not_there_adopts_nothing() -> None:
    world = World()
    daemon = Daemon(world, "000001")
    sold_by_hand(world, daemon)
    refused = adopted(daemon, "b")
    assert (refused.is_done, refused.is_usage) == (False, True)
    assert refused.text == "expected a strategy of this run (a), found b"
    assert daemon.recovery.unadopted()
