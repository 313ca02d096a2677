"""Messages of Bitget's private WebSockets, V2 and V3: what they say, in our types; and what we say to subscribe."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from msgspec import Struct

from framework.venues.bitget.account_seen import (
    futures_balance,
    futures_position,
    read_plan,
    spot_balance,
    unified_balances,
    unified_position,
)
from framework.venues.bitget.orders_seen import (
    futures_fill,
    futures_order,
    spot_fill,
    spot_push,
    unified_fill,
    unified_order,
)
from framework.venues.bitget.products import AccountKind, Product
from framework.venues.bitget.rows import Row, decoded, rows_of
from framework.venues.bitget.seen import BalanceSeen, FillSeen, OrderSeen, PlanSeen, PositionSeen

PING: Final = "ping"
PONG: Final = "pong"
"""Texts, neither JSON nor frames of the protocol."""

PING_EVERY_S: Final = 20.0  # The server drops who says nothing for 30 s (older pages) or 2 min (newer ones)
PONG_WITHIN_S: Final = 10.0
LIFE_S_MAX: Final = 86_400.0  # Forced disconnect every 24 h

Item = OrderSeen | FillSeen | BalanceSeen | PositionSeen | PlanSeen


class ChannelReply(Struct, frozen=True):
    """An answer to something that we said."""

    event: str
    """`login`, `subscribe`, `unsubscribe`, `error`, `pong`."""
    channel: str = ""
    code: str = "0"
    message: str = ""

    @property
    def is_taken(self) -> bool:
        """It was done."""
        return self.event != "error" and self.code in ("0", "00000", "")


class Pushed(Struct, frozen=True):
    """Something that happened to the account."""

    channel: str
    items: tuple[Item, ...]
    ts_venue_ns: int
    is_whole: bool = False
    """Everything there is: what it does not name is gone. So are positions of V2."""


def _each(read: Callable[[Row], Item]) -> Callable[[Row], Iterable[Item]]:
    return lambda row: (read(row),)


READERS: Final[Mapping[tuple[str, str], Callable[[Row], Iterable[Item]]]] = {
    ("spot", "orders"): _each(spot_push),
    ("spot", "fill"): _each(lambda row: spot_fill(row, is_push=True)),
    ("spot", "account"): _each(spot_balance),
    ("spot", "orders-algo"): _each(lambda row: read_plan(row, Product.SPOT)),
    ("usdt-futures", "orders"): _each(lambda row: futures_order(row, is_push=True)),
    ("usdt-futures", "fill"): _each(futures_fill),
    ("usdt-futures", "account"): _each(futures_balance),
    ("usdt-futures", "positions"): _each(futures_position),
    ("usdt-futures", "orders-algo"): _each(lambda row: read_plan(row, Product.USDT_FUTURES)),
    ("uta", "order"): _each(unified_order),
    ("uta", "fill"): _each(unified_fill),
    ("uta", "account"): unified_balances,
    ("uta", "position"): _each(unified_position),
    ("uta", "strategy-order"): _each(lambda row: read_plan(row, Product.USDT_FUTURES)),
}
"""(instType, channel or topic) in small letters -> reader of a row. Others are told without items."""

CLASSIC_CHANNELS: Final[Mapping[Product, tuple[str, ...]]] = {
    Product.SPOT: ("orders", "fill", "account", "orders-algo"),
    Product.USDT_FUTURES: ("orders", "fill", "account", "positions", "orders-algo"),
}
UNIFIED_TOPICS: Final = ("order", "fill", "account", "position", "strategy-order")


def subscription(account: AccountKind, products: Iterable[Product]) -> dict[str, object]:
    """The message that subscribes to everything of an account; fewer than 15 channels, so one is enough."""
    if account is AccountKind.UNIFIED:
        return {"op": "subscribe", "args": [{"instType": "UTA", "topic": topic} for topic in UNIFIED_TOPICS]}
    args = [
        {"instType": product.value, "channel": channel, "coin" if channel == "account" else "instId": "default"}
        for product in products
        for channel in CLASSIC_CHANNELS[product]
    ]
    return {"op": "subscribe", "args": args}


def read_message(text: bytes | str) -> ChannelReply | Pushed:
    """A message of a private WebSocket.

    Raises:
        OddAnswer: it cannot be read; the message names the field.
    """
    if text in (PONG, PONG.encode()):
        return ChannelReply(PONG)
    row = Row(decoded(text, "push"), "push")
    if row.has("event"):
        return _told(row)
    arg = row.row("arg")
    channel, product = arg.first("channel", "topic"), arg.text("instType").lower()
    data = row.value("data")
    # `fast-fill` sends an object where others send a list.
    listed = [data] if isinstance(data, dict) else data
    read = READERS.get((product, channel))
    where = f"{product} {channel}"
    items = () if read is None else tuple(item for one in rows_of(listed, where) for item in read(one))
    is_whole = (product, channel) == ("usdt-futures", "positions")
    return Pushed(channel, items, row.ts_ns("ts"), is_whole)


def _told(row: Row) -> ChannelReply:
    arg = row.value("arg")
    channel = Row(arg, "push.arg").first("channel", "topic") if isinstance(arg, dict) else ""
    code = row.text("code", "0")
    return ChannelReply(row.text("event"), channel, code, row.first("msg", "message"))
