"""Windows forget what is old, at the right instant, and hold no more than their bound."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from framework.model.rates import Rate
from framework.router.risk.windows import SLOTS, Conduct, Messages, Net

SECOND = 1_000_000_000


@given(st.lists(st.integers(0, 2_000_000_000), max_size=60), st.integers(1, 5))
def test_a_rate_is_never_exceeded_in_any_window_and_never_refused_below_it(gaps: list[int], limit: int) -> None:
    messages, sent, now_ns = Messages(Rate(limit, SECOND, "")), [], 0
    for gap_ns in gaps:
        now_ns += gap_ns
        recent = [ts_ns for ts_ns in sent if ts_ns > now_ns - SECOND]
        assert messages.is_full(now_ns) == (len(recent) >= limit)
        if not messages.is_full(now_ns):
            messages.add(now_ns)
            sent.append(now_ns)


def test_a_full_rate_keeps_no_more_instants_than_its_limit() -> None:
    messages = Messages(Rate(3, SECOND, ""))
    for ts_ns in range(10_000):
        messages.add(ts_ns)
    assert len(messages._last_ns) == 3


def test_conduct_is_forgotten_a_window_later() -> None:
    conduct = Conduct(60 * SECOND)
    conduct.add(0, orders=2)
    conduct.add(30 * SECOND, orders=1, cancels=3, fills=1)
    assert conduct.at(59 * SECOND) == (3, 3, 1)
    assert conduct.at(61 * SECOND) == (1, 3, 1)
    assert conduct.at(91 * SECOND) == (0, 0, 0)


def test_conduct_holds_no_more_slots_than_its_bound() -> None:
    conduct = Conduct(60 * SECOND)
    for second in range(1_000):
        conduct.add(second * SECOND, orders=1)
    assert len(conduct._slots) <= SLOTS
    assert conduct.counts.orders == SLOTS


def test_a_drawdown_is_told_from_the_best() -> None:
    net = Net()
    assert [net.fallen(0, Decimal(value)) for value in (0, 10, 4, 12, -1)] == [0, 0, 6, 0, 13]


def test_a_rolling_loss_is_told_from_the_beginning_of_the_window() -> None:
    net = Net(60 * SECOND)
    assert net.fallen(0, Decimal(0)) == 0
    assert net.fallen(10 * SECOND, Decimal(-5)) == 5
    assert net.fallen(59 * SECOND, Decimal(-6)) == 6
    assert net.fallen(75 * SECOND, Decimal(-6)) == 1  # the window begins when 5 were lost already
    assert net.fallen(500 * SECOND, Decimal(-7)) == 1
    assert len(net._slots) <= 3


def test_what_is_forgiven_is_forgotten() -> None:
    for net in (Net(), Net(60 * SECOND)):
        net.fallen(0, Decimal(100))
        net.forget()
        assert net.fallen(1, Decimal(0)) == 0


def test_what_a_restart_must_know_makes_the_same_window_again() -> None:
    whole, again = Net(60 * SECOND), Net(60 * SECOND)
    for second in range(200):
        whole.fallen(second * SECOND // 3, Decimal(-second))
        known = whole.known
        assert known is not None
        again.fallen(second * SECOND // 3, known[1])
    assert list(again._slots) == list(whole._slots)
    best = Net()
    assert best.known is None
    best.fallen(0, Decimal(7))
    best.fallen(0, Decimal(3))
    assert best.known == (0, Decimal(7))
