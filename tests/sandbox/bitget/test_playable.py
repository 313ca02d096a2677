"""A fault that could never play is refused, with the place and what there is."""

from __future__ import annotations

import pytest

from framework.sandbox.bitget.playable import REQUESTS, STREAMS, unplayable
from framework.sandbox.faults import Fault, FaultKind

PLACE = "/api/v2/spot/trade/place-order"


def test_every_kind_but_one_plays_somewhere() -> None:
    """`partial` leaves entries out of an answer of the plain dialect alone."""
    played = {*REQUESTS, *(kind for kinds in STREAMS.values() for kind in kinds)}
    assert set(FaultKind) - played == {FaultKind.PARTIAL}
    assert not [kind for kind in REQUESTS for path in ("", PLACE) if unplayable(Fault(kind, path))]
    assert not [kind for path, kinds in STREAMS.items() for kind in kinds if unplayable(Fault(kind, path))]


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (
            Fault(FaultKind.ERROR, "/api/v2/spot/trade/place"),
            "path: expected none (any POST), that of an endpoint, or one",
        ),
        (Fault(FaultKind.BOOK_GAP, "ws:book"), "ws:ping, ws:public"),
        (Fault(FaultKind.BOOK_GAP), "kind: expected one of error, html"),
        (Fault(FaultKind.PARTIAL, PLACE), f"where path is {PLACE}, found partial"),
        (
            Fault(FaultKind.ERROR, "ws:books"),
            "kind: expected one of book_gap, wrong_checksum, garbage where path is ws:books",
        ),
    ],
)
def test_what_could_never_play_is_refused(fault: Fault, why: str) -> None:
    assert why in unplayable(fault)
