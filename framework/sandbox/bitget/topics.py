"""What a listener subscribes to, in words that V2 and V3 share."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from framework.sandbox.bitget.listings import ListedProduct, Listing, listed, product_of
from framework.sandbox.bitget.refused import BitgetRefusal

BOOKS: Final = {"books1": 1, "books5": 5, "books15": 15, "books50": 50}
PUBLIC: Final = {"ticker", "trade", "books", *BOOKS}
PRIVATE_V2: Final = {"orders", "fill", "account", "positions", "orders-algo", "positions-history"}
PRIVATE_V3: Final = {"order", "fill", "account", "position", "fast-fill", "strategy-order", "adl-notification"}
SHARED: Final = {"order": "orders", "position": "positions", "publicTrade": "trade"}
"""V3 name -> ours, which is V2's."""


class SubscribedTopic(NamedTuple):
    """One subscription. `listing` is None for private ones; `product` is None for V3's private ones."""

    name: str
    product: ListedProduct | None
    listing: Listing | None
    interval: str = ""
    """Of candles."""
    only: str = ""
    """Private V2 channels: the one symbol that is asked for; empty: all."""

    @property
    def is_private(self) -> bool:
        """It needs a login."""
        return self.listing is None


def topic_of(arg: Any, *, is_v3: bool) -> SubscribedTopic:
    """What an argument of `subscribe` names.

    Raises:
        BitgetRefusal: 30001 or 30016.
    """
    if not isinstance(arg, dict):
        raise BitgetRefusal("30002", "illegal request")
    name = str(arg.get("topic" if is_v3 else "channel", ""))
    kind = str(arg.get("instType", ""))
    if name in (PRIVATE_V3 if is_v3 else PRIVATE_V2):
        if is_v3:
            return SubscribedTopic(SHARED.get(name, name), None, None)
        wanted = str(arg.get("instId", "default"))
        return SubscribedTopic(name, _product(kind, name), None, only="" if wanted == "default" else wanted.upper())
    interval = str(arg.get("interval", "")) if is_v3 else name.removeprefix("candle")
    if (is_v3 and name == "kline") or (not is_v3 and name.startswith("candle")):
        shared = "candle"
    else:
        shared, interval = SHARED.get(name, name), ""
    if shared not in PUBLIC and shared != "candle":
        raise _absent(kind, name)
    symbol = str(arg.get("symbol") or arg.get("instId") or "")
    product = _product(kind, name)
    try:
        return SubscribedTopic(shared, product, listed(product, symbol.upper()), interval)
    except BitgetRefusal as refused:
        raise _absent(kind, f"{name},instId:{symbol}") from refused


def _product(kind: str, name: str) -> ListedProduct:
    try:
        found = product_of(kind)
    except BitgetRefusal as refused:
        raise _absent(kind, name) from refused
    if found is None:
        raise _absent(kind, name)
    return found


def _absent(kind: str, name: str) -> BitgetRefusal:
    return BitgetRefusal("30001", f"instType:{kind},channel:{name} doesn't exist")
