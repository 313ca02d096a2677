from __future__ import annotations

import pytest

from framework.model.errors import AuthError, RateLimited, Rejected, Retryable, UnknownOutcome, VenueError
from framework.venues.bitget.codes import (
    _MEANINGS,
    CODES,
    HALTS,
    Meaning,
    addresses_in,
    meaning_of,
    refusal_words,
    venue_error,
)
from framework.venues.bitget.envelope import Envelope


def refused(code: str, message: str = "no") -> Envelope:
    return Envelope(code, message, 0, None)


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("40014", 400, AuthError),
        ("40018", 400, AuthError),
        ("40037", 400, AuthError),
        ("40099", 400, AuthError),
        ("429", 429, RateLimited),
        ("40015", 400, Retryable),
        ("40010", 400, UnknownOutcome),
        ("50008", 400, UnknownOutcome),
        ("25001", 400, UnknownOutcome),
        ("43012", 400, Rejected),
        ("45110", 400, Rejected),
        ("43001", 400, Rejected),
        ("40786", 400, Rejected),
    ],
)
def test_a_code_makes_the_error_of_its_remedy(code: str, status: int, error: type[VenueError]) -> None:
    assert type(venue_error(refused(code), "place-order", status)) is error


def test_an_unknown_code_is_told_whole_and_is_no_rejection() -> None:
    error = venue_error(Envelope("99999", "strange", 0, {"why": "x"}), "place-order")
    assert type(error) is VenueError
    assert "99999 strange" in str(error) and "why" in str(error)


def test_a_chinese_text_decides_nothing() -> None:
    assert meaning_of("43001") is Meaning.NOT_FOUND
    assert isinstance(venue_error(refused("43001", "\u8ba2\u5355\u4e0d\u5b58\u5728"), "cancel-order"), Rejected)


def test_a_rejection_keeps_its_code() -> None:
    error = venue_error(refused("45110"), "place-order")
    assert isinstance(error, Rejected) and error.code == "45110"


def test_a_429_is_one_whatever_its_body_says() -> None:
    assert meaning_of("00000", 429) is Meaning.RATE


def test_no_code_has_two_meanings() -> None:
    listed = [code for codes in _MEANINGS.values() for code in codes.split()]
    assert len(listed) == len(set(listed)) == len(CODES)


@pytest.mark.parametrize("code", ["40014", "40018", "40037", "40084", "40085", "40099"])
def test_what_a_person_must_look_at_halts(code: str) -> None:
    assert meaning_of(code) in HALTS


@pytest.mark.fault("E28")
@pytest.mark.parametrize("code", ["40018", "40038", "49003"])
def test_a_refused_address_is_told_with_those_of_the_key_and_the_one_that_was_seen(code: str) -> None:
    bound = ("10.0.0.1", "10.0.0.2")
    text = str(venue_error(Envelope(code, "Invalid IP,Current request IP 203.0.113.7.", 0, None), "assets", 400, bound))
    assert text.startswith(f"bitget assets: {code} Invalid IP,Current request IP 203.0.113.7. (")
    assert (
        "the key was bound to 10.0.0.1, 10.0.0.2 when last asked; the request came from 203.0.113.7: add 203.0.113.7 on the page"
        in text
    )


@pytest.mark.fault("E28")
def test_where_no_address_was_read_or_told_the_words_say_so() -> None:
    text = refusal_words(Envelope("40018", "Invalid IP,Current request IP {0}", 0, None))
    assert (
        "(the key is bound to other addresses; the venue does not say from which one the request came: add this "
        in text
    )


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("Invalid IP,Current request IP 203.0.113.7", ["203.0.113.7"]),
        ("IP:2001:db8::7, not allowed", ["2001:db8::7"]),
        ("IP 2001:db8::7 at 10:30:00, code 300.1.1.1", ["2001:db8::7"]),
        ("\u975e\u6cd5IP\uff0c\u5f53\u524d\u8bf7\u6c42IP{0}", []),
        ("", []),
    ],
)
def test_addresses_are_found_in_whatever_text(message: str, found: list[str]) -> None:
    assert addresses_in(message) == found
