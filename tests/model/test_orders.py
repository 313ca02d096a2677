"""An order's life: the ONE table of states, and what a strategy reads from its handle."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.model.instrument import Instrument
from framework.model.orders import (
    DONE,
    STEPS,
    Order,
    OrderState,
    Pending,
    TimeInForce,
    market_buy_points,
    write,
)

BTC = Instrument(symbol="BTC/USDT", venue="bitget", price_digits=2, size_digits=6)
S = OrderState


def order(*, is_buy: bool = True, size_points: int = 2_000_000, price_points: int = 0) -> Order:
    return Order(
        client_order_id="bot-run-mm-1",
        strategy="mm",
        instrument=BTC,
        is_buy=is_buy,
        size_points=size_points,
        price_points=price_points,
    )


def reachable(start: OrderState) -> set[OrderState]:
    found, waiting = {start}, [start]
    while waiting:
        for state in STEPS[waiting.pop()] - found:
            found.add(state)
            waiting.append(state)
    return found


def test_the_table_speaks_of_every_state() -> None:
    assert set(STEPS) == set(OrderState)


def test_every_state_can_be_reached_from_the_first() -> None:
    assert reachable(S.QUEUED) == set(OrderState)


def test_from_every_state_the_end_can_be_reached() -> None:
    for state in OrderState:
        assert reachable(state) & DONE


def test_nothing_goes_back_to_our_router_or_stays_where_it_is() -> None:
    for state, following in STEPS.items():
        assert S.QUEUED not in following
        assert state not in following
        assert S.SENT not in following or state is S.QUEUED


def test_a_done_order_leaves_its_state_by_a_late_fill_or_by_being_found_after_all() -> None:
    late = {S.CANCELLED: {S.FILLED}, S.EXPIRED: {S.FILLED}, S.ABSENT: {S.OPEN, S.FILLED}}
    assert {state: set(STEPS[state]) for state in DONE if STEPS[state]} == late


def test_filled_rejected_and_refused_are_for_ever() -> None:
    assert not any(STEPS[state] for state in (S.FILLED, S.REJECTED, S.REFUSED))


def test_done_are_the_states_after_which_nothing_is_expected() -> None:
    assert set(OrderState) - DONE == {S.QUEUED, S.SENT, S.OPEN, S.UNKNOWN}


def test_only_an_order_that_never_left_is_refused_by_us() -> None:
    assert STEPS[S.QUEUED] == {S.SENT, S.FILLED, S.REFUSED, S.CANCELLED}
    assert [state for state, following in STEPS.items() if S.REFUSED in following] == [S.QUEUED, S.SENT]


def test_an_order_is_absent_only_after_it_was_unknown() -> None:
    assert [state for state, following in STEPS.items() if S.ABSENT in following] == [S.UNKNOWN]


@pytest.mark.parametrize("state", list(OrderState))
def test_of_a_done_order_nothing_but_a_late_fill_or_its_being_there_after_all_may_follow(state: OrderState) -> None:
    subject = order()
    write(subject, state=state)
    assert state not in STEPS[state]
    assert state not in DONE or STEPS[state] <= {S.FILLED, S.OPEN}
    assert subject.is_done == (state in DONE)
    assert subject.is_open == (state is S.OPEN)


def test_a_new_order_waits_in_our_router() -> None:
    new = order()
    assert (new.state, new.pending, new.tif) == (S.QUEUED, Pending.NOTHING, TimeInForce.GTC)
    assert (new.filled, new.avg_price, new.reason, new.venue_order_id) == (0.0, None, "", "")
    assert not new.is_done
    assert not new.is_open


def test_an_order_without_price_is_a_market_order() -> None:
    assert order().is_market
    assert order().price is None
    assert not order(price_points=6_165_512).is_market
    assert order(price_points=6_165_512).price == 61655.12


def test_sizes_are_seen_in_base() -> None:
    subject = order()
    write(subject, filled_points=500_000)
    assert (subject.size, subject.filled, subject.left, subject.left_points) == (2.0, 0.5, 1.5, 1_500_000)


@pytest.mark.parametrize("state", sorted(DONE))
def test_nothing_is_left_of_a_done_order(state: OrderState) -> None:
    subject = order()
    write(subject, filled_points=500_000, state=state)
    assert (subject.left, subject.left_points) == (0.0, 0)


@given(st.lists(st.tuples(st.integers(1, 10**7), st.integers(1, 10**7)), min_size=1, max_size=20))
def test_the_mean_price_is_that_of_the_fills(fills: list[tuple[int, int]]) -> None:
    subject = order(size_points=10**9)
    for price_points, size_points in fills:
        notional = subject.notional + subject.instrument.notional(price_points, size_points)
        write(subject, notional=notional, filled_points=subject.filled_points + size_points)
    assert subject.notional == Decimal(sum(price * size for price, size in fills)).scaleb(-8)
    mean = sum(price * size for price, size in fills) / sum(size for _, size in fills) / 100
    assert subject.avg_price == pytest.approx(mean, rel=1e-12)


def test_an_order_shows_side_size_price_and_state() -> None:
    assert repr(order(price_points=6_165_500)) == "<bot-run-mm-1 buy 2 BTC/USDT@bitget at 61655, queued>"
    assert repr(order(is_buy=False)) == "<bot-run-mm-1 sell 2 BTC/USDT@bitget at market, queued>"
    assert (order().side, order(is_buy=False).side) == ("buy", "sell")


def test_a_handle_is_read_and_not_written() -> None:
    handle = order()
    with pytest.raises(AttributeError, match="Order"):
        handle.note = "mine"  # type: ignore[attr-defined]  # that is the test
    for name in handle.__struct_fields__:
        with pytest.raises(AttributeError, match="immutable"):
            setattr(handle, name, None)
        with pytest.raises(AttributeError, match="immutable"):
            delattr(handle, name)


def test_who_owns_an_order_changes_it_in_place() -> None:
    handle = order()
    write(handle, state=S.OPEN, venue_order_id="7")
    assert (handle.state, handle.venue_order_id) == (S.OPEN, "7")
    with pytest.raises(AttributeError):
        write(handle, note="mine")


def test_orders_are_told_apart_by_identity() -> None:
    assert order() != order()
    assert len({order(), order()}) == 2


@given(st.integers(1, 10**12))
def test_money_for_a_market_buy_is_set_aside_at_one_percent_above_the_ask_or_more(ask_points: int) -> None:
    assert market_buy_points(ask_points) - 1 < ask_points * Decimal("1.01") <= market_buy_points(ask_points)
