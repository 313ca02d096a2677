"""Numbers, times and foreign text as people read them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.model.errors import ConfigError
from framework.reports.words import Split, clean, digits_for, grouped, money, percent, span, zone

amounts = st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False, places=8)


@pytest.mark.parametrize(
    ("foreign", "safe"),
    [
        ("plain", "plain"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("two\nlines\r\n", "two\\nlines\\r\\n"),
        ("csi\x9b1m", "csi\\x9b1m"),
        ("right\u202eleft", "right\\u202eleft"),
        ("half \ud800", "half \\ud800"),
        ("Zürich 東京", "Zürich 東京"),
    ],
)
def test_foreign_text_cannot_steer_a_terminal(foreign: str, safe: str) -> None:
    assert clean(foreign) == safe


@given(st.text(max_size=400))
def test_clean_text_is_printable_and_bounded(text: str) -> None:
    cleaned = clean(text, 50)
    assert cleaned.isprintable()
    assert len(cleaned) <= 50 * 10
    assert "\n" not in cleaned


@given(net=amounts, spread=amounts, fees=amounts, funding=amounts)
def test_what_is_shown_of_a_split_adds_up(net: Decimal, spread: Decimal, fees: Decimal, funding: Decimal) -> None:
    shown = Split.of(net, spread, fees, funding, 2)
    parts = [Decimal(text.replace(",", "")) for text in shown]
    assert parts[0] == parts[1] + parts[2] - parts[3] + parts[4]
    assert abs(parts[0] - net) <= Decimal("0.005")
    assert abs(parts[1] - (net + fees - spread - funding)) <= Decimal("0.02")


@pytest.mark.parametrize(
    ("value", "signed", "text"),
    [
        ("1234567.895", False, "1,234,567.90"),
        ("12.5", True, "+12.50"),
        ("-12.5", True, "-12.50"),
        ("-0.001", True, "0.00"),
        ("0.001", True, "0.00"),
        ("0", True, "0.00"),
    ],
)
def test_money_has_separators_and_no_negative_zero(value: str, signed: bool, text: str) -> None:
    assert money(Decimal(value), signed=signed) == text


@pytest.mark.parametrize(
    ("equity", "digits"), [("12300", 2), ("0.2", 7), ("9000000000", 2), ("0", 2), ("0.000001", 8), ("100", 4)]
)
def test_decimals_show_a_millionth_of_the_equity(equity: str, digits: int) -> None:
    assert digits_for(Decimal(equity)) == digits


def test_sizes_have_separators_and_no_trailing_zeros() -> None:
    assert [grouped(Decimal(text)) for text in ("12000.500", "-1234", "0.00160", "-0.5", "0")] == [
        "12,000.5",
        "-1,234",
        "0.0016",
        "-0.5",
        "0",
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (651, "eleven minutes"),
        (60, "one minute"),
        (0, "zero seconds"),
        (3_600, "one hour"),
        (86_400, "one day"),
        (86_400 * 61, "61 days"),
        (13 * 60, "13 minutes"),
    ],
)
def test_a_length_of_time_is_said_as_one_says_it(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_shares_of_nothing_are_nothing() -> None:
    assert percent(0, 0) == 0
    assert percent(176, 388) == 45


def test_an_unknown_time_zone_names_the_key() -> None:
    with pytest.raises(ConfigError, match=r'display_tz: expected .*"Europe/Berlin", found "Mars/Olympus"'):
        zone("Mars/Olympus")
    with pytest.raises(ConfigError, match="display_tz"):
        zone("../etc/passwd")
