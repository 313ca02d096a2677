"""Reasons that several parts of the house act on."""

from __future__ import annotations

import pytest

from framework.model import reasons
from framework.model.events import ReportKind
from framework.reports.reasons import REMEDIES
from framework.venues.bitget.codes import Meaning

WORDS = {name: value for name, value in vars(reasons).items() if name.isupper() and isinstance(value, str)}


@pytest.mark.parametrize("name", WORDS)
def test_a_person_is_told_what_to_do_about_each(name: str) -> None:
    assert WORDS[name] in REMEDIES


def test_what_bitget_says_is_acted_on_as_what_we_say() -> None:
    acted_on = {reasons.RATE_LIMITED, reasons.DUPLICATE_ID, reasons.UNKNOWN_ORDER}
    assert acted_on <= {meaning.value for meaning in Meaning}


def test_no_reason_is_taken_for_a_kind() -> None:
    assert not set(WORDS.values()) & {kind.value for kind in ReportKind}
