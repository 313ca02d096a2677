"""What an answer says of limits: nothing, unless it says so."""

from __future__ import annotations

import pytest

from framework.model.request_answer import RequestAnswer


def test_an_answer_that_tells_nothing_of_limits_says_so() -> None:
    answer = RequestAnswer(7, "bitget")
    assert (answer.used, answer.left, answer.is_limited) == ({}, None, False)
    assert (answer.retry_after_ns, answer.banned_until_ns) == (0, 0)


def test_an_answer_cannot_be_changed() -> None:
    answer = RequestAnswer(7, "bitget", {"place": 1})
    with pytest.raises(AttributeError):
        answer.left = 3  # type: ignore[misc]  # that is the test
