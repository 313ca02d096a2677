"""What a key may do at its venue, and whether it may trade: the table of `run.py keys verify`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from framework.gateway.bitget.questions import BitgetQuestions
from framework.gateway.bitget.wire import BitgetWire
from framework.gateway.dial import TcpDial, tls_context
from framework.gateway.key_files import KeyParts, read_key
from framework.gateway.road import Road
from framework.kernel.clock import Clock, RealClock
from framework.kernel.kill_word import KillWord
from framework.model.errors import Timeout
from framework.model.key_rights import KeyFault, KeyRights, key_faults
from framework.venues.bitget.products import Product
from framework.venues.bitget.rights import needs
from framework.venues.bitget.signing import Credentials, HmacSigner, RsaSigner

READY_S: Final = 10.0
PRODUCTS: Final[Mapping[str, Product]] = {"spot": Product.SPOT, "futures": Product.USDT_FUTURES}


class Verified(Struct, frozen=True):
    """What was found of a key."""

    rights: KeyRights
    faults: tuple[KeyFault, ...]
    skew_ms: float
    """How far the venue's clock is ahead of ours."""

    def facts(self) -> dict[str, Any]:
        """For `--json`."""
        rights = [{"right": one.word, "scope": one.scope.value, "area": one.area} for one in self.rights.rights]
        return {
            "account": self.rights.account,
            "may_trade": not self.faults,
            "rights": rights,
            "ips": list(self.rights.ips),
            "clock_skew_ms": self.skew_ms,
            "faults": [{"kind": one.kind, "right": one.word, "text": one.text} for one in self.faults],
        }


class Wanted(Struct, frozen=True):
    """Which key is looked at, and what it is meant for."""

    host: str
    port: int
    tls: bool
    products: Sequence[str]
    may_trade: bool = True
    is_demo: bool = False
    accepted: Collection[str] = ()
    secrets: Path | None = None


def verify_bitget(wanted: Wanted, environment: Mapping[str, str] | None = None) -> Verified:
    """Ask Bitget what the key may do.

    Raises:
        ConfigError: no key, or a host that is not served yet.
        VenueError: the venue refuses the key or does not answer.
    """
    parts = read_key("bitget", os.environ if environment is None else environment, wanted.secrets)
    return asyncio.run(_verified(wanted, credentials_of(parts, is_demo=wanted.is_demo)))


def credentials_of(parts: KeyParts, *, is_demo: bool) -> Credentials:
    """A key ready to sign: a secret in PEM is an RSA key."""
    signer = RsaSigner(parts.secret) if parts.is_rsa else HmacSigner(parts.secret)
    return Credentials(parts.key, parts.passphrase, signer, is_demo=is_demo)


async def _verified(wanted: Wanted, credentials: Credentials) -> Verified:
    clock: Clock = RealClock()
    dial = TcpDial(wanted.host, wanted.port, tls_context() if wanted.tls else None)
    wire = BitgetWire(dial.name, clock, credentials)
    # Nothing that creates an order is ever sent here: the word stays closed, and there is no connection for it.
    road = Road(dial, KillWord(), clock, wire.ping, creating=0, cancelling=0, asking=1)
    try:
        async with asyncio.timeout(READY_S), road.up():
            return await _asked(wanted, BitgetQuestions(road, wire, clock))
    except TimeoutError:
        raise Timeout(f"{dial.name}: expected answers within {READY_S:g} s, found none; is anybody there?") from None


async def _asked(wanted: Wanted, questions: BitgetQuestions) -> Verified:
    skew = await questions.measure_clock()
    account = await questions.account_kind()
    rights = await questions.key_rights(account)
    needed = needs(account, [PRODUCTS[name] for name in wanted.products], may_trade=wanted.may_trade)
    return Verified(rights, tuple(key_faults(rights, needed, wanted.accepted)), round(skew.ahead_ns / 1e6, 1))


def lines_of(found: Verified) -> Iterator[str]:
    """What it means, in sentences."""
    bound = ", ".join(found.rights.ips) or "no address: whoever has it may use it"
    yield f"account: {found.rights.account}; bound to {bound}; the venue's clock is {found.skew_ms:+.1f} ms from ours"
    for fault in found.faults:
        yield f"{fault.kind}: {fault.text}"
    yield "This key does not fit. Change it, wait a minute, and ask again." if found.faults else "This key fits."
