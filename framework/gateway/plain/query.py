"""Asking the plain dialect's venue: questions go out on connections of their own, replies come back as values.

What cannot be read, is refused or does not come is a failure, which says nothing of the account.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from framework.gateway.outcome import Answered, Outcome
from framework.gateway.plain.codec import Sign, question, read_amount, read_failure
from framework.gateway.road import Road
from framework.kernel.checked_json import read
from framework.kernel.clock import Clock
from framework.model.events import Fill
from framework.model.instrument import Instrument
from framework.model.orders import OrderState
from framework.model.questions import Ask, Question, Reply, SeenBalance, SeenFill, SeenOrder
from framework.model.reasons import UNKNOWN_ORDER
from framework.ports import ReplySink

NOT_OFFERED: Final = "not_offered"
ODD: Final = "odd_answer"

Instruments = Mapping[str, Instrument]
"""The venue's symbol -> what this run knows of it."""


class ShownOrder(Struct):
    """An order as the venue shows it."""

    id: str
    venue_id: str
    symbol: str
    side: str
    price: str
    size: str
    filled: str
    state: str
    reason: str
    ts_ns: int


class ShownFill(Struct):
    """A fill as the venue shows it."""

    trade_id: str
    id: str
    venue_id: str
    symbol: str
    side: str
    price: str
    size: str
    fee: str
    fee_asset: str
    is_maker: bool
    ts_ns: int


class ShownBalance(Struct):
    """An asset of the account."""

    asset: str
    free: str
    locked: str


class Now(Struct):
    """The venue's clock."""

    now_ns: int


class PlainQuery:
    """A `Query` of one account. Called on the loop of its road.

    Args:
        sink: takes the replies, never before `ask` has returned.
        host, sign: as for `PlainPort`.
        instruments: what this run trades there.
    """

    def __init__(
        self, road: Road, clock: Clock, sink: ReplySink, host: str, sign: Sign, instruments: Instruments
    ) -> None:
        self._road = road
        self._clock = clock
        self._sink = sink
        self._host = host
        self._sign = sign
        self._instruments = instruments

    def ask(self, asked: Question) -> None:
        """See `framework.ports.Query`."""
        build = partial(question, target_of(asked), self._host, self._sign)
        self._road.enquire(build, partial(self._told, asked))

    def _told(self, asked: Question, outcome: Outcome) -> None:
        self._sink.replied(read_reply(asked, outcome, self._clock.now_ns, self._instruments))


def target_of(asked: Question) -> str:
    """Path and query of a question. Positions and funding are not offered; the clock is asked for instead, and the reply says so."""
    match asked.ask:
        case Ask.ORDER:
            return f"/order?id={asked.client_order_id}"
        case Ask.OPEN_ORDERS:
            return "/open-orders"
        case Ask.RECENT_ORDERS:
            return f"/recent-orders?since_ns={asked.since_ns}"
        case Ask.FILLS:
            return f"/fills?since_ns={asked.since_ns}"
        case Ask.BALANCES:
            return "/balances"
        case Ask.TIME | Ask.POSITIONS | Ask.FUNDING:
            return "/time"


def read_reply(asked: Question, outcome: Outcome, now_ns: int, instruments: Instruments) -> Reply:
    """What an outcome says; a failure where it says nothing that can be relied on."""
    empty = Reply(asked, now_ns)
    if not isinstance(outcome, Answered):
        return replace(empty, failure=outcome.reason)
    if outcome.status == 404 and asked.ask is Ask.ORDER:
        failure = read_failure(outcome.body)
        return empty if failure is not None and failure.error == UNKNOWN_ORDER else replace(empty, failure=ODD)
    if outcome.status != 200:
        return replace(empty, failure=f"status_{outcome.status}")
    if asked.ask in (Ask.POSITIONS, Ask.FUNDING):
        return replace(empty, failure=NOT_OFFERED)
    try:
        return _read(empty, outcome.body, instruments)
    except ValueError:  # a GridError is one
        return replace(empty, failure=ODD)


def _read(empty: Reply, body: bytes, instruments: Instruments) -> Reply:
    match empty.question.ask:
        case Ask.ORDER:
            shown = _decoded(body, ShownOrder)
            if shown.id != empty.question.client_order_id:
                return replace(empty, failure=ODD)
            return replace(empty, orders=(_order(shown, instruments),))
        case Ask.OPEN_ORDERS | Ask.RECENT_ORDERS:
            return replace(
                empty, orders=tuple([_order(each, instruments) for each in _decoded(body, list[ShownOrder])])
            )
        case Ask.FILLS:
            return replace(empty, fills=tuple([_fill(each, instruments) for each in _decoded(body, list[ShownFill])]))
        case Ask.BALANCES:
            held = _decoded(body, list[ShownBalance])
            balances = [SeenBalance(each.asset, read_amount(each.free), read_amount(each.locked)) for each in held]
            return replace(empty, balances=tuple(balances))
        case _:
            return replace(empty, ts_venue_ns=_decoded(body, Now).now_ns)


Shape = TypeVar("Shape")


def _decoded(body: bytes, shape: type[Shape]) -> Shape:
    return read(msgspec.json.Decoder(shape).decode, body)


def _order(shown: ShownOrder, instruments: Instruments) -> SeenOrder:
    there, state, is_buy = instruments.get(shown.symbol), OrderState(shown.state), _is_buy(shown.side)
    if there is None:
        return SeenOrder(shown.id, shown.venue_id, shown.symbol, is_buy, 0, 0, 0, state, shown.reason, shown.ts_ns)
    return SeenOrder(
        shown.id,
        shown.venue_id,
        there.id,
        is_buy,
        there.data_size(shown.size),
        there.data_price(shown.price) if shown.price else 0,
        there.data_size(shown.filled) if shown.filled.strip("0.") else 0,
        state,
        shown.reason,
        shown.ts_ns,
    )


def _fill(shown: ShownFill, instruments: Instruments) -> SeenFill:
    there = instruments.get(shown.symbol)
    price, size = (0, 0) if there is None else (there.data_price(shown.price), there.data_size(shown.size))
    fill = Fill(shown.trade_id, price, size, read_amount(shown.fee), shown.fee_asset, shown.is_maker)
    where = shown.symbol if there is None else there.id
    return SeenFill(shown.id, shown.venue_id, where, _is_buy(shown.side), fill, shown.ts_ns)


def _is_buy(side: str) -> bool:
    if side not in ("buy", "sell"):
        raise ValueError(f"side: expected buy or sell, found {side}")
    return side == "buy"
