"""What a key may do at its venue, and whether it may trade: the table of `run.py keys verify`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from framework.gateway.bitget.account import VenueAddress
from framework.gateway.bitget.found import Purpose, find_key
from framework.gateway.dial import TcpDial
from framework.gateway.key_files import KeyParts, read_key
from framework.kernel.clock import RealClock
from framework.model.errors import ConfigError
from framework.model.key_rights import KeyFault, KeyRights
from framework.venues.bitget.products import Product
from framework.venues.bitget.signing import Credentials, HmacSigner, RsaSigner

PRODUCTS: Final[Mapping[str, Product]] = {"spot": Product.SPOT, "futures": Product.USDT_FUTURES}


AT_A_SANDBOX: Final = (
    "nothing was asked and the key was sent nowhere; until then a key is verified at a sandbox on this machine: run.py "
    "sandbox bitget --port 8766 in another terminal, then run.py keys verify --venue bitget --host 127.0.0.1 --port 8766"
)
"""Where the address of the venue itself was meant."""


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


class WantedKey(Struct, frozen=True):
    """Which key is looked at, and what it is meant for."""

    host: str
    port: int
    tls: bool
    products: Sequence[str]
    may_trade: bool = True
    is_demo: bool = False
    accepted: Collection[str] = ()
    secrets: Path | None = None


def verify_bitget(wanted: WantedKey, environment: Mapping[str, str] | None = None) -> Verified:
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


def _dial(wanted: WantedKey) -> TcpDial:
    """How connections to it come up. Raises as `VenueAddress.dial`, with what a person does instead."""
    try:
        return VenueAddress(wanted.host, wanted.port, wanted.tls).dial()
    except ConfigError as error:
        raise ConfigError(f"{error}; {AT_A_SANDBOX}") from error


async def _verified(wanted: WantedKey, credentials: Credentials) -> Verified:
    dial = _dial(wanted)
    purpose = Purpose(
        products=[PRODUCTS[name] for name in wanted.products], may_trade=wanted.may_trade, accepted=wanted.accepted
    )
    found = await find_key(dial, credentials, RealClock(), purpose)
    return Verified(found.rights, found.faults, round(found.skew.ahead_ns / 1e6, 1))


def verdict_lines(found: Verified) -> Iterator[str]:
    """What it means, in sentences."""
    bound = ", ".join(found.rights.ips) or "no address: whoever has it may use it"
    yield f"account: {found.rights.account}; bound to {bound}; the venue's clock is {found.skew_ms:+.1f} ms from ours"
    for fault in found.faults:
        yield f"{fault.kind}: {fault.text}"
    yield "This key does not fit. Change it, wait a minute, and ask again." if found.faults else "This key fits."
