"""The words of `[router] self_cross`."""

from __future__ import annotations

import pytest

from framework.config.tables import Config
from framework.model.self_cross import SelfCross


@pytest.mark.parametrize("word", ["hold", "refuse"])
def test_the_settings_know_these_words_and_the_run_rests_on_them(word: str) -> None:
    config = Config.model_validate({"router": {"self_cross": word}})
    assert config.router.self_cross is SelfCross(word)
    assert Config.from_canonical(config.canonical()).router == config.router


def test_hold_is_meant_where_nothing_is_said() -> None:
    assert Config().router.self_cross is SelfCross.HOLD
