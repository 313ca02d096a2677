"""The ends of a venue's order road for benchmarks: who writes and signs requests there, and what reads their answers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from hashlib import sha256
from hmac import digest
from typing import Final, NamedTuple

from framework.gateway.bitget.names import Names
from framework.gateway.bitget.port import BitgetPort
from framework.gateway.bitget.wire import BitgetWire
from framework.gateway.plain.codec import question
from framework.gateway.plain.port import PlainPort
from framework.gateway.road import Road
from framework.kernel.clock import Clock
from framework.kernel.kill_word import KillWord
from framework.model.instrument import Instrument
from framework.ports import OrderPort, ReportSink
from framework.venues.bitget.asked import Terms
from framework.venues.bitget.products import AccountKind
from framework.venues.bitget.rules import SPOT
from framework.venues.bitget.signing import Credentials, HmacSigner

SECRET: Final = b"made up for the benchmark"
ASK_POINTS: Final = 3_000_001
"""What a market buy would be bounded by; none is sent here."""

Sign = Callable[[str, str, bytes], list[tuple[str, str]]]


class End(NamedTuple):
    """One dialect."""

    ping: Callable[[], bytes]
    """A request that changes nothing."""
    port: Callable[[Road, KillWord, ReportSink], OrderPort]


def signer(clock: Clock) -> Sign:
    """Signatures of the plain dialect, by HMAC."""

    def sign(method: str, target: str, body: bytes) -> list[tuple[str, str]]:
        stamp = str(clock.now_ns)
        return [("X-Time", stamp), ("X-Sign", digest(SECRET, f"{stamp}{method}{target}".encode() + body, sha256).hex())]

    return sign


def plain(host: str, clock: Clock) -> End:
    """The plain dialect."""
    sign = signer(clock)
    return End(
        partial(question, "/time", host, sign),
        lambda road, word, sink: PlainPort(road, word, clock, sink, host, sign, SPOT),
    )


def bitget(host: str, clock: Clock) -> End:
    """Bitget's, spot of a classic account."""
    wire = BitgetWire(host, clock, Credentials("key", "passphrase", HmacSigner(SECRET)))
    return End(
        wire.ping,
        lambda road, word, sink: BitgetPort(
            road, word, clock, sink, wire, SPOT, AccountKind.CLASSIC, Terms(), Names(), _ask_points, _halted, _halted
        ),
    )


def _ask_points(there: Instrument) -> int:  # noqa: ARG001 - the same of every market
    return ASK_POINTS


def _halted(why: str) -> None:
    raise RuntimeError(why)
