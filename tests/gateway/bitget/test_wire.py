from __future__ import annotations

import base64
import hmac

from framework.gateway.bitget.wire import BitgetWire
from framework.kernel.clock import ManualClock
from framework.model.orders import TimeInForce
from framework.venues.bitget.asked import NewOrder, Terms, question
from framework.venues.bitget.classic_spot import ClassicSpot
from framework.venues.bitget.endpoints import SPOT_OPEN
from framework.venues.bitget.products import Product
from framework.venues.bitget.server_clock import ClockSkew
from framework.venues.bitget.signing import Credentials, HmacSigner

CLOCK = ManualClock(1_763_683_200_000_000_000)


def wire() -> BitgetWire:
    return BitgetWire("localhost:1", CLOCK, Credentials("key", "pass", HmacSigner(b"secret")))


def parts(data: bytes) -> tuple[str, dict[str, str], bytes]:
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return first, dict(line.split(": ", 1) for line in lines), body


def signature(text: str) -> str:
    return base64.b64encode(hmac.digest(b"secret", text.encode(), "sha256")).decode()


def test_the_bytes_that_are_sent_are_those_that_were_signed() -> None:
    new = NewOrder(Product.SPOT, "BTCUSDT", "a", True, "1", "2", TimeInForce.IOC)
    first, headers, body = parts(wire().request(ClassicSpot(Terms()).place([new])))
    assert first == "POST /api/v2/spot/trade/place-order HTTP/1.1"
    assert headers["ACCESS-SIGN"] == signature(f"1763683200000POST/api/v2/spot/trade/place-order{body.decode()}")
    assert b'"requestTime":"1763683200000"' in body


def test_each_request_of_an_endpoint_has_its_own_time_and_signature() -> None:
    ours, dialect = wire(), ClassicSpot(Terms())
    for number in (1, 2):
        ours.skew = ClockSkew(number * 1_000_000_000, 0)
        new = NewOrder(Product.SPOT, "BTCUSDT", f"a{number}", True, "1", "2", TimeInForce.IOC)
        first, headers, body = parts(ours.request(dialect.place([new])))
        stamp = f"{1_763_683_200_000 + 1_000 * number}"
        assert headers["ACCESS-TIMESTAMP"] == stamp
        assert headers["ACCESS-SIGN"] == signature(f"{stamp}POST/api/v2/spot/trade/place-order{body.decode()}")
        assert (first, headers["ACCESS-KEY"], headers["Content-Length"]) == (
            "POST /api/v2/spot/trade/place-order HTTP/1.1", "key", str(len(body))
        )  # fmt: skip
    assert "ACCESS-KEY" not in ours.ping().decode()


def test_a_question_signs_its_query_in_order() -> None:
    first, headers, body = parts(wire().request(question(SPOT_OPEN, symbol="BTCUSDT", limit="100")))
    assert first == "GET /api/v2/spot/trade/unfilled-orders?limit=100&symbol=BTCUSDT HTTP/1.1"
    assert headers["ACCESS-SIGN"] == signature(
        "1763683200000GET/api/v2/spot/trade/unfilled-orders?limit=100&symbol=BTCUSDT"
    )
    assert body == b""


def test_the_venues_clock_is_what_is_signed() -> None:
    ours = wire()
    ours.skew = ClockSkew(2_500_000_000, 0)
    assert parts(ours.request(question(SPOT_OPEN)))[1]["ACCESS-TIMESTAMP"] == "1763683202500"


def test_a_ping_needs_no_key() -> None:
    first, headers, _ = parts(BitgetWire("localhost", CLOCK).ping())
    assert first == "GET /api/v2/public/time HTTP/1.1"
    assert "ACCESS-KEY" not in headers
