"""The Bitget port against the sandbox on loopback."""

from __future__ import annotations

import pytest

from framework.model.batch import BatchKind, Change, RequestKind
from framework.model.events import ReportKind, Source
from framework.model.orders import write
from framework.model.scopes import EVERYTHING
from framework.sandbox.faults import Fault, FaultKind
from framework.venues.bitget.asked import Terms
from framework.venues.bitget.dialect import dialect_of, named
from framework.venues.bitget.products import AccountKind, Product
from framework.venues.bitget.seen import Status
from tests.gateway.bitget.house import open_house, order

K, R = FaultKind, ReportKind
SPOT = dialect_of(AccountKind.CLASSIC, Product.SPOT, Terms())


async def test_one_order_and_several_are_placed() -> None:
    async with open_house() as house:
        house.send(BatchKind.PLACE, order("a"))
        assert await house.heard.wait(1) == [("a", R.ACCEPTED, "")]
        assert len(house.heard.reports[0].venue_order_id) == 19
        house.send(BatchKind.PLACE, order("b"), order("c", size=1), order("d", is_buy=False, price=7_000_000))
        assert (await house.heard.wait(4))[1:] == [
            ("b", R.ACCEPTED, ""),
            ("c", R.REJECTED, "min_notional"),
            ("d", R.ACCEPTED, ""),
        ]
        assert sorted(house.open()) == ["a", "b", "d"]
        assert house.heard.answers[0].left is not None


async def test_a_batch_of_one_does_not_take_from_the_limit_of_single_orders() -> None:
    async with open_house() as house:
        names = [f"o{number}" for number in range(15)]
        for number, name in enumerate(names):
            form = RequestKind.PLACE if number < 10 else RequestKind.PLACE_BATCH
            house.send(BatchKind.PLACE, order(name), request=form)
        assert sorted(await house.heard.wait(15)) == sorted((name, R.ACCEPTED, "") for name in names)


async def test_a_cancel_that_was_heard_is_not_yet_a_cancel() -> None:
    async with open_house() as house:
        orders = [order("a"), order("b")]
        house.send(BatchKind.PLACE, *orders)
        await house.heard.wait(2)
        house.send(BatchKind.CANCEL, *orders)
        await house.heard.wait_answers(2)
        assert len(house.heard.reports) == 2
        for one in orders:
            seen = await house.questions.order(SPOT, named(one))
            assert seen is not None and seen.status is Status.CANCELLED


async def test_an_order_that_is_not_there_cannot_be_cancelled() -> None:
    async with open_house() as house:
        house.send(BatchKind.CANCEL, order("ghost"))
        assert await house.heard.wait(1) == [("ghost", R.CANCEL_REJECTED, "unknown_order")]
        assert house.heard.reports[0].request_id, "it names the cancel that it answers"
        assert house.halts == []


async def test_a_sweep_of_a_symbol_is_later_than_its_answer() -> None:
    async with open_house() as house:
        house.send(BatchKind.PLACE, order("a"), order("b"))
        await house.heard.wait(2)
        house.send(BatchKind.CANCEL, order("a"), order("b"), request=RequestKind.CANCEL_SYMBOL)
        await house.heard.wait_answers(2)
        assert len(house.heard.reports) == 2
        house.clock.now_ns += 2_000_000_000
        house.server.venue.turn()
        assert await house.questions.open_orders(SPOT, "BTCUSDT") == ()


async def test_a_market_buy_never_buys_more_than_was_asked_for() -> None:
    async with open_house() as house:
        house.send(BatchKind.PLACE, order("a", price=0))
        assert await house.heard.wait(1) == [("a", R.ACCEPTED, "")]
        seen = await house.questions.order(SPOT, named(order("a")))
        assert seen is not None
        assert (seen.status, str(seen.filled.normalize())) == (Status.FILLED, "0.001")


async def test_a_market_buy_without_a_quote_does_not_leave() -> None:
    async with open_house(ask=0) as house:
        house.send(BatchKind.PLACE, order("a", price=0))
        assert await house.heard.wait(1) == [("a", R.REFUSED, "no_quote")]
        assert house.heard.reports[0].source is Source.GATEWAY
        assert house.open() == []


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(K.DROP_BEFORE), "connection_lost"),
        (Fault(K.DROP_AFTER), "connection_lost"),
        (Fault(K.HOLD_AFTER), "timeout"),
        (Fault(K.STATUS, status=502), "odd_answer"),
        (Fault(K.GARBAGE), "odd_answer"),
    ],
)
async def test_without_a_whole_answer_an_order_is_unknown_and_asked_after(fault: Fault, reason: str) -> None:
    async with open_house(fault, answer_s=0.3) as house:
        house.send(BatchKind.PLACE, order("a"))
        assert await house.heard.wait(1) == [("a", R.UNKNOWN, reason)]
        await house.road.ready()
        seen = await house.questions.order(SPOT, named(order("a")))
        assert (seen is not None) is ("a" in house.open())


@pytest.mark.fault("E19")
async def test_the_same_id_twice_is_unknown_for_an_order_of_that_name_is_there() -> None:
    async with open_house() as house:
        house.send(BatchKind.PLACE, order("a"))
        await house.heard.wait(1)
        house.send(BatchKind.PLACE, order("a"))
        assert (await house.heard.wait(2))[1:] == [("a", R.UNKNOWN, "duplicate_id")]
        assert house.open() == ["a"]


@pytest.mark.fault("E25")
async def test_a_key_that_is_revoked_in_mid_session_halts() -> None:
    async with open_house() as house:
        house.key.is_revoked = True
        house.send(BatchKind.PLACE, order("a"))
        assert await house.heard.wait(1) == [("a", R.REJECTED, "auth")]
        (why,) = house.halts
        assert "40037" in why and "make a new one" in why


@pytest.mark.fault("E26")
async def test_a_right_that_is_taken_away_in_mid_session_halts() -> None:
    async with open_house(name="classic-read") as house:
        house.send(BatchKind.PLACE, order("a"))
        assert await house.heard.wait(1) == [("a", R.REJECTED, "permission")]
        assert "40014" in house.halts[0] and "keys verify" in house.halts[0]


@pytest.mark.fault("E28")
async def test_an_address_that_changed_in_mid_session_halts() -> None:
    async with open_house() as house:
        await house.questions.key_rights(AccountKind.CLASSIC)
        house.server.venue.doorman.other_address = "10.1.2.3"
        house.send(BatchKind.PLACE, order("a"))
        assert await house.heard.wait(1) == [("a", R.REJECTED, "ip_not_allowed")]
        (why,) = house.halts
        assert "40018" in why and f"the key was bound to {', '.join(house.key.ips)} when last asked; " in why
        assert "does not say from which one the request came: add this machine's public address on the page" in why


@pytest.mark.fault("E28")
async def test_an_address_that_the_venue_tells_is_in_the_words_of_the_halt() -> None:
    told = "Invalid IP,Current request IP 203.0.113.7"
    async with open_house(Fault(K.ERROR, path="/api/v2/spot/trade/place-order", code="40018", message=told)) as house:
        house.send(BatchKind.PLACE, order("a"))
        await house.heard.wait(1)
        assert "the request came from 203.0.113.7: add 203.0.113.7 on the page of API keys" in house.halts[0]


async def test_a_key_of_the_other_environment_is_told_so() -> None:
    async with open_house(is_demo=True) as house:
        house.send(BatchKind.PLACE, order("a"))
        assert await house.heard.wait(1) == [("a", R.REJECTED, "account_state")]
        assert "40099" in house.halts[0]


async def test_a_closed_word_holds_orders_back_and_lets_cancels_pass() -> None:
    async with open_house() as house:
        house.send(BatchKind.PLACE, order("a"))
        await house.heard.wait(1)
        house.word.close(EVERYTHING, "test")
        house.send(BatchKind.PLACE, order("b"))
        assert (await house.heard.wait(2))[1:] == [("b", R.REFUSED, "gate_closed")]
        house.send(BatchKind.CANCEL, order("a"))
        await house.heard.wait_answers(3)
        assert house.open() == []


async def test_a_classic_account_does_not_amend() -> None:
    async with open_house() as house:
        house.send(BatchKind.PLACE, order("a"))
        await house.heard.wait(1)
        house.send(BatchKind.AMEND, order("a"), changes=(Change(5_800_000, 1_000),))
        assert (await house.heard.wait(2))[1:] == [("a", R.AMEND_REJECTED, "amend_unsupported")]


async def test_too_many_requests_are_told_and_leave_orders_unknown_and_what_waits_does_not_leave() -> None:
    async with open_house() as house:  # two connections create
        for number in range(15):
            house.send(BatchKind.PLACE, order(f"o{number}"))
        told = await house.heard.wait(15)
        kinds = [kind for _, kind, _ in told]
        unknown = kinds.count(R.UNKNOWN)
        assert kinds.count(R.ACCEPTED) == 10
        assert 1 <= unknown <= 2
        assert [answer.is_limited for answer in house.heard.answers].count(True) == unknown
        assert [reason for _, kind, reason in told if kind is R.REFUSED] == ["paused"] * (5 - unknown)


@pytest.mark.fault("E7")
async def test_a_firewall_leaves_an_order_unknown_and_its_bucket_is_left_alone() -> None:
    async with open_house(Fault(K.HTML, status=403)) as house:
        house.send(BatchKind.PLACE, order("a"))
        assert await house.heard.wait(1) == [("a", R.UNKNOWN, "odd_answer")]
        assert house.heard.answers[0].is_limited
        assert house.open() == [] and house.halts == []


def test_an_order_that_the_venue_ended_is_written_so() -> None:
    one = order()
    write(one, venue_order_id="5")
    assert named(one).name == {"orderId": "5"}
