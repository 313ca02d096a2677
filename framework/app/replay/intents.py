"""What strategies asked for, in words that two runs share: names of orders are left out, for they count on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from framework.kernel.records import IntentTaken, OrderMade, Record, StrategyQuarantined, Turn
from framework.model.instants import utc
from framework.model.instrument import Instrument

Place = tuple[int, str]
"""Instant and strategy."""


class Parting(Struct, frozen=True):
    """An instant at which a strategy asks for something else."""

    ts_ns: int
    strategy: str
    run: tuple[str, ...]
    """What it asked for in the run and does not now."""
    what_if: tuple[str, ...]
    """What it asks for now and did not in the run."""

    @property
    def lines(self) -> list[str]:
        """For people."""
        head = f"{utc(self.ts_ns):%Y-%m-%d %H:%M:%S.%f} UTC  {self.strategy}"
        return [head, *(f"  run      {text}" for text in self.run), *(f"  what if  {text}" for text in self.what_if)]


class IntentTally(Struct, frozen=True):
    """One strategy's intents in both runs."""

    run: int
    what_if: int
    same: int
    """At the same instant."""


class Intents:
    """Takes a run's records, and keeps what strategies asked for.

    Args:
        instruments: id -> instrument; of one that is not there prices and sizes are told in points.
    """

    def __init__(self, instruments: Mapping[str, Instrument]) -> None:
        self.found: dict[Place, list[str]] = {}
        """In the order of asking."""
        self.put_aside: dict[str, str] = {}
        """Strategy -> why: it asks for nothing any more."""
        self._instruments = instruments
        self._now_ns = 0
        self._terms: dict[str, str] = {}
        """Order -> what it was made as."""

    def take(self, record: Record) -> None:
        """Keep it where it is an intent."""
        match record:
            case Turn():
                self._now_ns = record.ts_ns
            case OrderMade():
                terms = self._made(record)
                self._terms[record.client_order_id] = terms
                if not record.owner:
                    self._keep(record.strategy, terms)
            case IntentTaken():
                self._keep(record.strategy, self._asked(record))
            case StrategyQuarantined():
                self.put_aside[record.strategy] = record.reason
            case _:
                pass

    def _keep(self, strategy: str, text: str) -> None:
        self.found.setdefault((self._now_ns, strategy), []).append(text)

    def _made(self, order: OrderMade) -> str:
        price = self._price(order.instrument, order.price_points) if order.price_points else "market"
        flags = [order.tif, *(["post only"] * order.post_only), *(["reduce only"] * order.reduce_only)]
        side, size = "buy" if order.is_buy else "sell", self._size(order.instrument, order.size_points)
        return f"{side} {size} at {price} {order.instrument} ({', '.join([*flags, *filter(None, [order.tag])])})"

    def _asked(self, intent: IntentTaken) -> str:
        there, known = intent.instrument, self._terms.get(intent.subject, "an order of before")
        match intent.verb:
            case "ladder":
                rungs = [
                    f"{'buy' if is_buy else 'sell'} {self._size(there, size)} at {self._price(there, price)}"
                    for is_buy, price, size in intent.rungs
                ]
                return f"ladder of {there}: {', '.join(rungs) or 'nothing'}"
            case "target":
                return f"target of {there}: {intent.subject}"
            case "amend":
                size, price = self._size(there, intent.size_points), self._price(there, intent.price_points)
                return f"amend to {size} at {price}: {known}"
            case _:
                return f"{intent.verb}: {known}"

    def _price(self, name: str, points: int) -> str:
        there = self._instruments.get(name)
        return f"{points} points" if there is None else there.price_text(points)

    def _size(self, name: str, points: int) -> str:
        there = self._instruments.get(name)
        return f"{points} points" if there is None else there.size_text(points)


def partings(run: Intents, what_if: Intents) -> list[Parting]:
    """Where they part, in the order of time."""
    found = []
    for place in sorted({**run.found, **what_if.found}):
        before, after = run.found.get(place, []), what_if.found.get(place, [])
        if Counter(before) != Counter(after):
            found.append(Parting(*place, tuple(_less(before, after)), tuple(_less(after, before))))
    return found


def _less(texts: Iterable[str], others: Iterable[str]) -> list[str]:
    """What is in one and not in the other, in its order."""
    texts, left = list(texts), Counter(others)
    found = []
    for text in texts:
        if left[text]:
            left[text] -= 1
        else:
            found.append(text)
    return found


def tallies(run: Intents, what_if: Intents) -> dict[str, IntentTally]:
    """Strategy -> how many intents there were, and how many are the same."""
    found: dict[str, list[int]] = {}
    for place in {**run.found, **what_if.found}:
        before, after = Counter(run.found.get(place, [])), Counter(what_if.found.get(place, []))
        counts = found.setdefault(place[1], [0, 0, 0])
        for at, count in enumerate((before.total(), after.total(), (before & after).total())):
            counts[at] += count
    return {strategy: IntentTally(*found[strategy]) for strategy in sorted(found)}


def parting_facts(parting: Parting) -> dict[str, Any]:
    """For programs."""
    return {
        "ts_ns": parting.ts_ns,
        "strategy": parting.strategy,
        "run": list(parting.run),
        "what_if": list(parting.what_if),
    }
