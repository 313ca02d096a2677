from __future__ import annotations

import pytest

from framework.gateway.outcome import Answered, NotSent, Unknown, is_in_doubt, is_over, retry_after_ns
from framework.model.batch import BatchKind
from framework.model.orders import OrderState, write
from tests.gateway.plain.house import order


def test_an_answer_does_not_show_its_body_or_headers_in_logs() -> None:
    assert repr(Answered(200, {"x-key": "canary"}, b"canary")) == "Answered(200, 6 bytes)"


def test_outcomes_are_values() -> None:
    assert NotSent("busy") == NotSent("busy") != NotSent("no_connection")
    assert Unknown("timeout", "2 s") != NotSent("timeout", "2 s")


@pytest.mark.parametrize("text", ["", "-1", "1.5", "Fri, 31 Dec 1999 23:59:59 GMT", "99999999", "\u0661"])
def test_a_wait_that_cannot_be_read_is_none(text: str) -> None:
    assert retry_after_ns(Answered(429, {"retry-after": text}, b"")) == 0


@pytest.mark.parametrize(
    ("state", "place", "cancel"),
    [
        (OrderState.SENT, True, True),
        (OrderState.OPEN, False, True),
        (OrderState.FILLED, False, False),
        (OrderState.REJECTED, False, False),
    ],
)
def test_what_the_stream_has_told_meanwhile_is_in_doubt_no_more(state: OrderState, place: bool, cancel: bool) -> None:
    known = order()
    write(known, state=state)
    assert is_in_doubt(known, BatchKind.PLACE) is place
    assert is_in_doubt(known, BatchKind.CANCEL) is cancel


@pytest.mark.parametrize("kind", BatchKind)
def test_without_an_answer_a_cancel_is_over_and_what_creates_is_not(kind: BatchKind) -> None:
    assert is_over(kind, Answered(200, {}, b"")) and is_over(kind, NotSent("no_connection"))
    assert is_over(kind, Unknown("timeout")) is (kind is BatchKind.CANCEL)
