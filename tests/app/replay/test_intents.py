"""What two runs of a strategy have in common, and where they part."""

from __future__ import annotations

from framework.app.replay.intents import Intents, IntentTally, Parting, partings, tallies
from framework.kernel.records import IntentTaken, OrderMade, Record, Turn
from framework.venues.named import rules_named

BTC = rules_named("bitget-spot").instrument("BTC/USDT")
KNOWN = {BTC.id: BTC}


def order(name: str, price: int, owner: str = "") -> OrderMade:
    return OrderMade(name, "mm", BTC.id, True, 1_000, price, "gtc", True, False, "", owner)


def kept(*records: Record) -> Intents:
    found = Intents(KNOWN)
    for record in records:
        found.take(record)
    return found


def test_intents_are_told_without_the_names_of_orders() -> None:
    (texts,) = kept(
        Turn(10, 1),
        order("mm-1", 6_000_000),
        order("mm-2", 6_000_000, "ladder"),
        IntentTaken("mm", "cancel", BTC.id, "mm-1"),
        IntentTaken("mm", "cancel", BTC.id, "mm-0"),
        IntentTaken("mm", "amend", BTC.id, "mm-1", 6_100_000, 2_000),
        IntentTaken("mm", "target", BTC.id, "200 USDT market"),
        IntentTaken("mm", "ladder", BTC.id, " 1", rungs=((False, 6_000_100, 500),)),
        IntentTaken("mm", "ladder", BTC.id, " 0"),
    ).found.values()
    made = "buy 0.001 at 60000 BTC/USDT@bitget (gtc, post only)"
    assert texts == [
        made,
        f"cancel: {made}",
        "cancel: an order of before",
        f"amend to 0.002 at 61000: {made}",
        "target of BTC/USDT@bitget: 200 USDT market",
        "ladder of BTC/USDT@bitget: sell 0.0005 at 60001",
        "ladder of BTC/USDT@bitget: nothing",
    ]


def test_of_an_instrument_that_is_not_known_points_are_told() -> None:
    found = Intents({})
    found.take(order("mm-1", 7))
    assert found.found == {(0, "mm"): ["buy 1000 points at 7 points BTC/USDT@bitget (gtc, post only)"]}


def test_runs_part_where_another_intent_is_taken_at_an_instant() -> None:
    run = kept(Turn(10, 1), order("mm-1", 1_000), order("mm-2", 2_000), Turn(20, 2), order("mm-3", 3_000))
    other = kept(Turn(10, 1), order("mm-1", 2_000), order("mm-2", 4_000), Turn(20, 2), order("mm-7", 3_000))
    (parting,) = partings(run, other)
    assert (parting.ts_ns, parting.strategy, len(parting.run), len(parting.what_if)) == (10, "mm", 1, 1)
    assert "at 10 BTC" in parting.run[0]
    assert "at 40 BTC" in parting.what_if[0]
    assert parting.lines[0] == "1970-01-01 00:00:00.000000 UTC  mm"
    assert tallies(run, other) == {"mm": IntentTally(3, 3, 2)}
    assert partings(run, run) == []


def test_an_instant_that_one_of_them_has_alone_is_a_parting() -> None:
    run, other = kept(Turn(10, 1), order("mm-1", 1_000)), kept()
    text = "buy 0.001 at 10 BTC/USDT@bitget (gtc, post only)"
    assert partings(run, other) == [Parting(10, "mm", (text,), ())]
    assert partings(other, run) == [Parting(10, "mm", (), (text,))]
