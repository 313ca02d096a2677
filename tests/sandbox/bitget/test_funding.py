"""Funding moves money when the control door says so, and both APIs show it in their own words."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from framework.model.errors import ConfigError
from framework.model.money import plain
from framework.sandbox.bitget.control import Control
from framework.sandbox.bitget.listings import Product
from framework.sandbox.faults import FaultList
from tests.sandbox.bitget.scene import SECOND, START_NS, Client, venue, wait
from tests.sandbox.bitget.test_mix_v2 import HEAD, PLACE, market

BILL, RECORDS = "/api/v2/mix/account/bill", "/api/v3/account/financial-records"
PAID = Decimal("3.000025")
"""Of half a coin at 60,000.50, at 0.0001."""
UNIFIED_BUY = {"category": "USDT-FUTURES", "symbol": "BTCUSDT", "qty": "0.5", "side": "buy", "orderType": "market"}


def fund(client: Client, **told: Any) -> None:
    body = json.dumps({"symbol": "BTC/USDT:USDT"} | told).encode()
    Control(client.venue, FaultList()).obey("POST", "funding", body)


def held(client: Client) -> Decimal:
    return client.venue.members[client.key.uid].wallets[Product.PERPETUAL].held("USDT")


def test_a_long_pays_and_a_short_receives_in_the_statement_of_v2() -> None:
    client = Client(venue())
    client.post(PLACE, market(size="0.5"))
    before = held(client)
    fund(client, rate="0.0001")
    assert held(client) == before - PAID
    client.post(PLACE, market(side="sell", size="1"))
    between = held(client)
    wait(client.venue, SECOND)
    fund(client, rate="0.0002")
    assert held(client) == between + 2 * PAID
    said = client.get(BILL, **HEAD, businessType="contract_settle_fee")
    assert [(row["amount"], row["coin"], row["businessType"]) for row in said["bills"]] == [
        ("6.00005", "USDT", "contract_settle_fee"),
        ("-3.000025", "USDT", "contract_settle_fee"),
    ]
    assert said["bills"][0]["balance"] == plain(held(client))
    assert client.get(BILL, **HEAD, businessType="open_long")["bills"] == []
    later = client.get(BILL, **HEAD, startTime=START_NS // 1_000_000 + 1_000)["bills"]
    assert [row["amount"] for row in later] == ["6.00005"]


def test_the_records_of_v3_tell_the_direction_by_their_type() -> None:
    client = Client(venue(), "unified-trade")
    client.post("/api/v3/trade/place-order", UNIFIED_BUY)
    before = held(client)
    fund(client, rate="0.0001")
    fund(client, rate="-0.0003")
    assert held(client) == before + 2 * PAID
    shown = {
        kind: [row["amount"] for row in client.get(RECORDS, category="USDT-FUTURES", type=kind)["list"]]
        for kind in ("CONTRACT_MAIN_SETTLE_FEE_USER_OUT", "CONTRACT_MAIN_SETTLE_FEE_USER_IN", "")
    }
    assert list(shown.values()) == [["-3.000025"], ["9.000075"], ["9.000075", "-3.000025"]]
    assert client.get(RECORDS, category="SPOT")["list"] == []


def test_it_is_paid_at_the_instant_that_was_told_by_who_holds_a_position_then() -> None:
    client = Client(venue())
    fund(client, rate="0.0001", at_ms=START_NS // 1_000_000 + 5_000)
    client.post(PLACE, market(size="0.5"))
    before = held(client)
    wait(client.venue, 4 * SECOND)
    assert held(client) == before
    wait(client.venue, SECOND)
    assert held(client) == before - PAID
    assert client.venue.members[Client(client.venue, "unified-trade").key.uid].bills == []


def test_a_rate_that_is_no_number_is_refused() -> None:
    with pytest.raises(ConfigError, match="expected a finite number, found NaN"):
        fund(Client(venue()), rate="NaN")
