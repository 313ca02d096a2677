"""Funding moves money three times a day and when the control door says so; both APIs show it in their own words."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from framework.model.errors import ConfigError
from framework.model.events import Funding
from framework.model.instants import HOUR_NS
from framework.model.money import plain
from framework.sandbox.bitget.control import Control
from framework.sandbox.bitget.funding import next_funding_ms
from framework.sandbox.bitget.listings import LISTINGS, ListedProduct
from framework.sandbox.bitget.member import Member
from framework.sandbox.faults import FaultList
from tests.sandbox.bitget.scene import SECOND, START_NS, Client, show, venue, wait
from tests.sandbox.bitget.test_mix_v2 import HEAD, PLACE, market

BILL, RECORDS = "/api/v2/mix/account/bill", "/api/v3/account/financial-records"
PAID = Decimal("3.000025")
"""Of half a coin at 60,000.50, at 0.0001."""
UNIFIED_BUY = {"category": "USDT-FUTURES", "symbol": "BTCUSDT", "qty": "0.5", "side": "buy", "orderType": "market"}


def fund(client: Client, **told: Any) -> None:
    body = json.dumps({"symbol": "BTC/USDT:USDT"} | told).encode()
    Control(client.venue, FaultList()).obey("POST", "funding", body)


def held(client: Client) -> Decimal:
    return client.venue.members[client.key.uid].wallets[ListedProduct.PERPETUAL].held("USDT")


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
    with pytest.raises(ConfigError, match="expected a part of a position's worth, -1 to 1, found NaN"):
        fund(Client(venue()), rate="NaN")


SWAP_BTC = next(one for one in LISTINGS if one.base == "BTC" and one.product is ListedProduct.PERPETUAL)
DUE_MS = START_NS // 1_000_000 + 8 * 3_600_000
TICKER, RATE, PAST = (f"/api/v2/mix/market/{name}" for name in ("ticker", "current-fund-rate", "history-fund-rate"))


def test_three_times_a_day_positions_pay_at_the_mark_price_of_that_instant() -> None:
    client = Client(venue())
    client.post(PLACE, market(size="0.5"))
    before = held(client)
    wait(client.venue, 8 * HOUR_NS - SECOND)
    show(client.venue, 61_000)
    assert held(client) == before
    wait(client.venue, SECOND)
    assert before - held(client) == Decimal("3.050025")
    wait(client.venue, 8 * HOUR_NS - SECOND)
    assert before - held(client) == Decimal("3.050025")
    (bill,) = client.get(BILL, **HEAD)["bills"]
    assert (bill["cTime"], bill["amount"]) == (str(DUE_MS), "-3.050025")
    assert client.get("/api/v2/mix/position/all-position", **HEAD)[0]["totalFee"] == "-3.050025"


def test_instants_that_passed_unseen_are_made_good_each_at_its_own_time() -> None:
    client = Client(venue(), "unified-trade")
    client.post("/api/v3/trade/place-order", UNIFIED_BUY)
    wait(client.venue, 25 * HOUR_NS)
    rows = client.get(RECORDS, category="USDT-FUTURES")["list"]
    assert [int(row["ts"]) - DUE_MS for row in rows] == [2 * 28_800_000, 28_800_000, 0]
    (position,) = client.get("/api/v3/position/current-position", category="USDT-FUTURES")["list"]
    assert position["totalFunding"] == plain(-3 * PAID)


def test_the_rate_is_that_of_the_tape_and_of_what_was_due_is_remembered() -> None:
    client = Client(venue())
    client.post(PLACE, market(side="sell", size="0.5"))
    before = held(client)
    client.venue.observe(Funding(SWAP_BTC.instrument, START_NS, Decimal("-0.0002"), DUE_MS * 1_000_000))
    asked = {"symbol": "BTCUSDT", "productType": "USDT-FUTURES"}
    assert client.get(TICKER, **asked)[0]["fundingRate"] == client.get(RATE, **asked)[0]["fundingRate"] == "-0.0002"
    assert client.get(RATE, **asked)[0]["nextUpdate"] == str(DUE_MS)
    wait(client.venue, 8 * HOUR_NS)
    assert before - held(client) == 2 * PAID
    rows = client.get(PAST, **asked, pageSize=2)
    assert [(row["fundingTime"], row["fundingRate"]) for row in rows] == [
        (str(DUE_MS), "-0.0002"), (str(DUE_MS - 28_800_000), "0.0001")
    ]  # fmt: skip
    assert client.get(TICKER, symbol="ETHUSDT", productType="USDT-FUTURES")[0]["fundingRate"] == "0.0001"


def test_who_pays_is_told_on_account_and_positions_at_once() -> None:
    client = Client(venue())
    client.post(PLACE, market(size="0.5"))
    member: Member = client.venue.members[client.key.uid]
    told: list[ListedProduct] = []
    member.told_money = told.append
    wait(client.venue, 8 * HOUR_NS)
    assert told == [ListedProduct.PERPETUAL]


def test_the_next_instant_is_never_this_one() -> None:
    assert next_funding_ms(DUE_MS) == DUE_MS + 28_800_000
