from __future__ import annotations

import json
from decimal import Decimal

import pytest

from framework.app.live.capital_before import capital_before
from framework.kernel.records import QuestionAsked, RunStarted, Turn
from framework.model.errors import DataError
from framework.model.questions import Ask, Question

ASKED = QuestionAsked(Question(1, "bitget", "main", Ask.FILLS, 1))


def started(*tables: dict[str, object], config: bytes | None = None) -> RunStarted:
    text = json.dumps({"strategy": list(tables)}).encode() if config is None else config
    return RunStarted(2, "r1", "0", "3.11", "live", "", "", text, {}, 1)


def test_it_is_the_sum_of_all_instances_of_the_last_session() -> None:
    mm = {"name": "mm", "capital": ["500 USDT", "0.2 BTC"], "each": []}
    sma = {"name": "sma", "capital": ["100 USDT"], "each": ["BTC/USDT@bitget", "ETH/USDT@bitget"]}
    records = [started({**mm, "capital": ["9 USDT"]}), Turn(1, 1), ASKED, started(mm, sma), Turn(2, 2), ASKED]
    assert capital_before(records) == {"USDT": Decimal(700), "BTC": Decimal("0.2")}


def test_a_session_that_was_refused_or_died_before_it_asked_the_venue_has_changed_nothing() -> None:
    mm = {"name": "mm", "capital": ["500 USDT"], "each": []}
    refused = started({**mm, "capital": ["9 USDT"]})
    assert capital_before([started(mm), ASKED, ASKED, refused, Turn(1, 1), refused]) == {"USDT": Decimal(500)}
    assert capital_before([refused, Turn(1, 1)]) is None


def test_without_a_session_there_is_none() -> None:
    assert capital_before([]) is None


@pytest.mark.parametrize("config", [b"{", b"{}", b'{"strategy":[{}]}', b'{"strategy":[{"capital":["x"]}]}'])
def test_settings_that_cannot_be_read_are_told(config: bytes) -> None:
    with pytest.raises(DataError, match="expected the capital of the session before"):
        capital_before([started(config=config), ASKED])
