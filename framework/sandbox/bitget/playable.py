"""Which faults can play here, and where: one that never could is refused when it is told, and not waited for in vain."""

from __future__ import annotations

from typing import Final

from framework.sandbox.bitget.routes import ENDPOINTS
from framework.sandbox.faults import Fault, FaultKind

REQUESTS: Final = (
    FaultKind.ERROR, FaultKind.HTML, FaultKind.STATUS, FaultKind.DROP_BEFORE, FaultKind.DROP_AFTER, FaultKind.HOLD_BEFORE,
    FaultKind.HOLD_AFTER, FaultKind.DELAY_BEFORE, FaultKind.DELAY_AFTER, FaultKind.CLOSE_MID_BODY, FaultKind.GARBAGE,
    FaultKind.DUPLICATE_REPORTS, FaultKind.DROP_REPORTS, FaultKind.CHANGE,
)  # fmt: skip
PUSHES: Final = (FaultKind.DUPLICATE_REPORTS, FaultKind.DROP_REPORTS, FaultKind.REORDER)
CUTS: Final = (FaultKind.CUT, FaultKind.CLOSE)
STREAMS: Final[dict[str, tuple[FaultKind, ...]]] = {
    "ws:books": (FaultKind.BOOK_GAP, FaultKind.WRONG_CHECKSUM, FaultKind.GARBAGE),
    "ws:ping": (FaultKind.NO_PONG,),
    "ws:public": CUTS,
    "ws:private": CUTS,
    **{f"ws:{name}": PUSHES for name in ("orders", "fill", "account", "positions", "orders-algo", "strategy-order")},
}
PATHS: Final = {path for _, path in ENDPOINTS}


def unplayable(fault: Fault) -> str:
    """Why it could never play, in words; empty where it can."""
    if fault.path and fault.path not in PATHS and fault.path not in STREAMS:
        return (
            f"path: expected none (any POST), that of an endpoint, or one of {', '.join(STREAMS)}; found {fault.path!r}"
        )
    kinds = STREAMS.get(fault.path, REQUESTS)
    if fault.kind not in kinds:
        there = fault.path or "a request"
        return f"kind: expected one of {', '.join(kinds)} where path is {there}, found {fault.kind.value}"
    return ""
