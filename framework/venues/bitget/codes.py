"""What Bitget's error codes mean to us. Decided by code alone: messages can be Chinese, or hold placeholders.

Source: reference, section 3.1, which was put together from the documentation, recorded answers and five clients. A code
that is not here is told whole and never retried.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from ipaddress import ip_address
from typing import Final

from framework.model.errors import AuthError, RateLimited, Rejected, Retryable, UnknownOutcome, VenueError
from framework.model.reasons import DUPLICATE_ID, RATE_LIMITED, UNKNOWN_ORDER
from framework.venues.bitget.envelope import SUCCESS, Envelope


class Meaning(StrEnum):
    """Classes of codes, by remedy. The value is the reason that reports give."""

    AUTH = "auth"
    PERMISSION = "permission"
    IP = "ip_not_allowed"
    TIME = "too_late"
    RATE = RATE_LIMITED
    BALANCE = "insufficient_balance"
    RULE = "order_rule"
    MINIMUM = "min_notional"
    DUPLICATE = DUPLICATE_ID
    NOT_FOUND = UNKNOWN_ORDER
    MAINTENANCE = "maintenance"
    TIMEOUT = "timeout"
    """The venue itself does not know: it may have happened."""
    ACCOUNT = "account_state"
    PARAMETER = "bad_request"
    UNKNOWN = "unknown_venue_error"


M = Meaning
_MEANINGS: Final[Mapping[Meaning, str]] = {
    M.AUTH: "40001 40002 40003 40006 40009 40011 40012 40036 40037 40041 30005 30011 30012 30015",
    M.PERMISSION: "40014 40040 40301 25620",
    M.IP: "40018 40038 49003",
    M.TIME: "40004 40005 40008 40078 40079 40911 30013",
    M.RATE: "429 25004 30007 30014 30026 50009",
    M.BALANCE: "12001 31007 40711 40712 40754 40762 40798 43012 45002 49023 50020 43132 25202 25203 25228 25231",
    M.RULE: (
        "40723 40761 43005 43128 45118 40757 45003 45005 45006 22002 40709 40774 40787 43028 45035 45115 40808 41103 "
        "40815 40816 43008 43009 43039 43040 41117 43007 43038 43041 45112 45113 45103 45104 40917 45122 40735 40736 "
        "40737 40738 40739 40740 40741 40742 40829 40830 40831 40832 40833 40834 40835 40836 25205 25206 25207 25208 "
        "25244 25610 25611 22034 22038 13008 25230 25599 25601"
    ),
    M.MINIMUM: "45110 43006 43010 43027 43042 45111 45114",
    M.DUPLICATE: "40708 40786 43118 45034 50060 25212",
    M.NOT_FOUND: "40109 40768 40819 43001 43025 45057 80011 22001 25204 24056",
    M.MAINTENANCE: (
        "40015 40200 40400 40604 40846 43059 19000 45001 50010 41113 41114 43115 43119 43120 40844 40845 25000 25003"
    ),
    M.TIMEOUT: "40010 40910 50008 25001",
    M.ACCOUNT: (
        "40013 40016 40021 40022 40023 40024 40025 40026 40027 40031 40035 40052 40084 40085 40099 40100 40101 40111 "
        "40710 40916 43111 50006 50007"
    ),
    M.PARAMETER: (
        "40007 40017 40019 40020 40034 40072 40102 40304 40305 40306 40308 40309 40402 40404 40500 41101 43011 43058 "
        "48001 25013 25100 25101 25102 25103 25104 25105 25106 25107 25108 25200 30001 30002 30003 30016"
    ),
}

CODES: Final[Mapping[str, Meaning]] = {code: meaning for meaning, codes in _MEANINGS.items() for code in codes.split()}

HALTS: Final = frozenset({M.AUTH, M.PERMISSION, M.IP, M.ACCOUNT})
"""The key, its rights, its address or the account changed under us: nothing is tried again until a person looks."""

CLASSIC_ACCOUNT: Final = "40084"
UNIFIED_ACCOUNT: Final = "40085"
WRONG_ENVIRONMENT: Final = "40099"
"""A demo key without the demo header, or a live key with it."""

REMEDIES: Final[Mapping[str, str]] = {
    "40006": "the access key is malformed: copy it again from the page of API keys",
    "40009": "the signature does not fit: copy the secret again; check that an RSA key is declared as one",
    "40012": "key or passphrase is wrong: the passphrase is the one typed when the key was made",
    "40014": "the key lacks a right: run `run.py keys verify --venue bitget` with the --host and --port of [live] host",
    "40037": "there is no such key any more: it was deleted or has expired; make a new one",
    CLASSIC_ACCOUNT: "the key belongs to a classic account",
    UNIFIED_ACCOUNT: "the key belongs to a unified account",
    WRONG_ENVIRONMENT: "the key is of the other environment: say whether it is a demo key by [live] demo, or by --demo of keys verify",
}

ADDRESS: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f]{1,4}:[0-9A-Fa-f:.]+")
"""What may be an IP address."""
RETRY_AFTER_S: Final = 1.0
"""No Retry-After is documented; windows are one second long."""


def meaning_of(code: str, status: int = 400) -> Meaning:
    """What a code means. One that we do not know proves nothing, whatever the status."""
    if status == 429:
        return Meaning.RATE
    return CODES.get(code, Meaning.UNKNOWN)


def refusal_words(envelope: Envelope, bound: Sequence[str] = ()) -> str:
    """A refusal whole, for people: code, message, and what to do where we know it.

    Args:
        bound: addresses that the key is bound to, as they were last read; empty: nobody has read them.
    """
    is_address = meaning_of(envelope.code) is M.IP
    remedy = address_remedy(envelope.message, bound) if is_address else REMEDIES.get(envelope.code)
    return f"{envelope.code} {envelope.message}".strip() + (f" ({remedy})" if remedy else "")


def address_remedy(message: str, bound: Sequence[str]) -> str:
    """Which addresses the key is bound to, which one the venue saw, and what to do. The code has told what it is about."""
    ours = (
        f"the key was bound to {', '.join(bound)} when last asked" if bound else "the key is bound to other addresses"
    )
    seen = ", ".join(addresses_in(message))
    came = f"the request came from {seen}" if seen else "the venue does not say from which one the request came"
    add = f"add {seen}" if seen else "add this machine's public address"
    return f"{ours}; {came}: {add} on the page of API keys, or go on from an address that is on the key's list"


def addresses_in(message: str) -> list[str]:
    """The IP addresses in a text: recorded answers have a placeholder there."""
    found = []
    for word in ADDRESS.findall(message):
        try:
            found.append(str(ip_address(word.rstrip("."))))
        except ValueError:
            continue
    return list(dict.fromkeys(found))


def venue_error(envelope: Envelope, what: str, status: int = 400, bound: Sequence[str] = ()) -> VenueError:
    """The error that a refused question makes, cut by remedy.

    Args:
        bound: see `refusal_words`.
    """
    assert envelope.code != SUCCESS or status != 200, envelope
    text = f"bitget {what}: {refusal_words(envelope, bound)}"
    match meaning_of(envelope.code, status):
        case M.RATE:
            return RateLimited(f"{text}; the venue asks to wait: ask again in a minute", RETRY_AFTER_S)
        case M.AUTH | M.PERMISSION | M.IP | M.ACCOUNT:
            return AuthError(text)
        case M.MAINTENANCE | M.TIME:
            return Retryable(text)
        case M.TIMEOUT:
            return UnknownOutcome(text)
        case M.UNKNOWN:
            return VenueError(f"{text}; expected a code that we know, found this one: {envelope.data!r}")
        case _:
            return Rejected(text, envelope.code)
