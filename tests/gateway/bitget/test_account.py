"""One account behind one door: port, query and stream together, for every dialect."""

from __future__ import annotations

import pytest

from framework.gateway.bitget.account import VenueAddress
from framework.model.batch import BatchKind, Change
from framework.model.errors import ConfigError
from framework.model.events import ReportKind
from framework.model.orders import Pending, write
from framework.model.questions import Ask
from framework.sandbox.faults import Fault, FaultKind
from framework.venues.bitget.products import AccountKind
from tests.gateway.bitget.account_house import ALL, CLASSIC, SPOT, SWAP, UNIFIED, open_account
from tests.sandbox.bitget.scene import trade
from tests.venues.bitget.test_signing import pem

R = ReportKind


@pytest.mark.parametrize(("key", "symbol"), ALL)
async def test_orders_are_placed_filled_and_cancelled(key: str, symbol: str) -> None:
    async with open_account(key, symbol) as house:
        bought, left = house.order("a"), house.order("b", price="58000")
        await house.place(bought, left)
        trade(house.venue, "58999.00", "5", buy=False)
        filled = await house.told(R.FILLED, "a")
        assert filled.fill is not None and filled.fill.fee > 0 and filled.fill.is_maker
        write(left, pending=Pending.CANCEL)
        house.send(BatchKind.CANCEL, left)
        await house.told(R.CANCELLED, "b")
        assert (await house.ask(Ask.OPEN_ORDERS)).orders == ()
        assert house.halts == []


@pytest.mark.parametrize(("key", "symbol"), ALL)
async def test_a_stream_that_is_lost_begins_again_and_says_so(key: str, symbol: str) -> None:
    async with open_account(key, symbol) as house:
        house.server.faults.add([Fault(FaultKind.CUT, path="ws:private")])
        assert await house.steps(3) == ["connected", "lost", "connected"]


async def test_orders_of_earlier_sessions_are_known_by_the_venues_ids() -> None:
    async with open_account() as house:
        old = house.order("old")
        write(old, venue_order_id="77")
        house.account.know([old, house.order("never sent")])
        assert house.account.names.ours("77") == "old"


async def test_a_right_that_is_taken_away_halts_by_whatever_is_asked_first() -> None:
    async with open_account() as house:
        house.key.is_revoked = True
        assert (await house.ask(Ask.OPEN_ORDERS)).failure == "auth"
        assert "40037" in house.halts[0]


async def test_a_demo_key_trades_in_the_demo_environment() -> None:
    async with open_account("classic-demo", SPOT, is_demo=True) as house:
        await house.place(house.order("a"))
        assert [seen.client_order_id for seen in (await house.ask(Ask.OPEN_ORDERS)).orders] == ["a"]
        house.send(BatchKind.CANCEL, house.orders["a"])
        await house.sink.until(lambda: house.venue.members[house.key.uid].open == {})


async def test_a_key_that_signs_by_rsa_trades_and_listens() -> None:
    serialization = pytest.importorskip("cryptography.hazmat.primitives.serialization")
    secret = pem()
    public = serialization.load_pem_private_key(secret, None).public_key()
    text = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    async with open_account(CLASSIC, SPOT, rsa=(text, secret)) as house:
        await house.place(house.order("a"))
        trade(house.venue, "58999.00", "5", buy=False)
        assert (await house.told(R.FILLED, "a")).fill is not None  # by the private stream: its login was signed, too


def test_no_other_machine_is_dialled() -> None:
    with pytest.raises(ConfigError, match="no live venue is served yet"):
        VenueAddress("api.bitget.com", 443, tls=True).dial()
    with pytest.raises(ConfigError, match="no live venue is served yet"):
        VenueAddress("api.bitget.com", 443, tls=True).stream_url(AccountKind.CLASSIC)


@pytest.mark.parametrize(("key", "version"), [(CLASSIC, "v2"), (UNIFIED, "v3")])
def test_the_stream_is_that_of_the_account(key: str, version: str) -> None:
    kind = AccountKind(key.partition("-")[0])
    assert VenueAddress("127.0.0.1", 80).stream_url(kind) == f"ws://127.0.0.1:80/{version}/ws/private"


@pytest.mark.parametrize("symbol", [SPOT, SWAP])
async def test_changes_of_one_market_share_a_request_of_a_unified_account(symbol: str) -> None:
    async with open_account(UNIFIED, symbol) as house:
        orders = house.order("a"), house.order("b", price="58000")
        await house.place(*orders)
        price, size = house.there.data_price("57000"), house.there.data_size("0.002")
        house.send(BatchKind.AMEND, *orders, changes=(Change(price, size), Change(price, size)))
        for name in ("a", "b"):
            assert (await house.told(ReportKind.AMENDED, name)).price_points == price
        seen = {one.client_order_id: one for one in (await house.ask(Ask.OPEN_ORDERS)).orders}
        assert {name: (one.price_points, one.size_points) for name, one in seen.items()} == dict.fromkeys(
            "ab", (price, size)
        )
        assert len(house.sink.answers) == 2


async def test_a_change_asks_for_no_more_than_what_was_left_when_the_order_left() -> None:
    async with open_account(UNIFIED, SPOT) as house:
        order = house.order("a")
        await house.place(order)
        price, size, inside = house.there.data_price("57000"), house.there.data_size("0.002"), 5
        write(order, filled_points=inside, inside_points=inside)  # another of ours took it before it left
        house.send(BatchKind.AMEND, order, changes=(Change(price, size + inside),))
        assert (await house.told(ReportKind.AMENDED, "a")).size_points == size + inside
        (seen,) = (await house.ask(Ask.OPEN_ORDERS)).orders
        assert seen.size_points == size
