"""A Bitget sandbox without sockets, its clock set by hand, and a client that signs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

from framework.kernel.clock import ManualClock
from framework.model.events import Depth, Trade
from framework.sandbox.bitget.doorman import Knock
from framework.sandbox.bitget.keys import Key
from framework.sandbox.bitget.listings import LISTINGS, ListedProduct
from framework.sandbox.bitget.rest import answer
from framework.sandbox.bitget.venue import BitgetVenue

START_NS = 1_763_683_200_000_000_000
SECOND = 1_000_000_000
SPOT_BTC = next(one for one in LISTINGS if one.base == "BTC" and one.product is ListedProduct.SPOT)


def venue(**options: Any) -> BitgetVenue:
    """60000.00 to 60001.00, three levels a side of one coin each."""
    made = BitgetVenue(ManualClock(START_NS), **options)
    show(made)
    return made


def show(made: BitgetVenue, bid: int = 60_000, base: str = "BTC") -> None:
    there = next(one.instrument for one in LISTINGS if one.base == base and one.product is ListedProduct.SPOT)
    bids = tuple(((bid - step) * 100, there.size_scale) for step in range(3))
    asks = tuple(((bid + 1 + step) * 100, there.size_scale) for step in range(3))
    made.observe(Depth(there, made.clock.now_ns, bids, asks, is_snapshot=True))


def trade(made: BitgetVenue, price: str, size: str, *, buy: bool) -> None:
    there = SPOT_BTC.instrument
    made.observe(Trade(there, made.clock.now_ns, there.data_price(price), there.data_size(size), buy))


def key(made: BitgetVenue, name: str) -> Key:
    return next(one for one in made.keys.values() if one.name == name)


def wait(made: BitgetVenue, ns: int) -> None:
    clock = made.clock
    assert isinstance(clock, ManualClock)
    clock.now_ns += ns
    made.turn()


class Client:
    """Signs and asks. `changed` headers replace its own; an empty one is left out."""

    def __init__(self, made: BitgetVenue, name: str = "classic-trade") -> None:
        self.venue = made
        self.key = key(made, name)
        self.changed: dict[str, str] = {}
        self.address = "127.0.0.1"

    def ask(self, method: str, path: str, content: Any = None) -> tuple[int, dict[str, Any]]:
        body = "" if method == "GET" or content is None else json.dumps(content)
        body = content if isinstance(content, str) else body
        query = {name: str(value) for name, value in (content or {}).items()} if method == "GET" else {}
        line = urlencode(sorted(query.items()))
        knock = Knock(method, path, line, body, self.signed(method, path, line, body), self.address)
        found = answer(self.venue, knock, query)
        return found.status, json.loads(found.body)

    def signed(self, method: str, path: str, line: str, body: str) -> dict[str, str]:
        """The headers of a request."""
        stamp = self.changed.get("ACCESS-TIMESTAMP", str(self.venue.clock.now_ns // 1_000_000))
        text = f"{stamp}{method}{path}{'?' + line if line else ''}{body}"
        digest = hmac.new(self.key.secret.encode(), text.encode(), hashlib.sha256).digest()
        return {
            "ACCESS-KEY": self.key.key,
            "ACCESS-SIGN": base64.b64encode(digest).decode(),
            "ACCESS-TIMESTAMP": stamp,
            "ACCESS-PASSPHRASE": self.key.passphrase,
            **self.changed,
        }

    def get(self, path: str, **params: Any) -> Any:
        """The data of an answer that must be good."""
        status, said = self.ask("GET", path, params)
        assert (status, said["code"]) == (200, "00000"), said
        return said["data"]

    def post(self, path: str, content: Any) -> Any:
        """As `get`."""
        status, said = self.ask("POST", path, content)
        assert (status, said["code"]) == (200, "00000"), said
        return said["data"]

    def refused(self, method: str, path: str, content: Any = None) -> tuple[int, str]:
        """Status and code of an answer that must be bad."""
        status, said = self.ask(method, path, content)
        assert said["data"] is None, said
        return status, said["code"]


def order(**changed: Any) -> dict[str, Any]:
    """A spot buy that rests."""
    wanted = {
        "symbol": "BTCUSDT", "side": "buy", "orderType": "limit", "force": "gtc", "price": "59000", "size": "0.01"
    }  # fmt: skip
    return {name: value for name, value in {**wanted, **changed}.items() if value is not None}
