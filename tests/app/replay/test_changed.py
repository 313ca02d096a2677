"""Parameters as a person writes them, laid over a run's settings."""

from __future__ import annotations

from typing import Any

import pytest

from framework.app.replay.changed import ChangedParameter, changed_of, with_changed
from framework.config import load_config
from framework.model.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("mm.spread_bps=3", 3),
        ("mm.weights=[0.4, 0.3]", [0.4, 0.3]),
        ("mm.notional=200 USDT", "200 USDT"),
        ("mm.a=", ""),
    ],
)
def test_a_value_is_json_or_a_text(text: str, value: Any) -> None:
    found = changed_of(text)
    assert found == ChangedParameter("mm", text[3:].partition("=")[0], value)
    assert changed_of(found.text) == found


@pytest.mark.parametrize("text", ["", "mm", "mm.spread", "spread=3", ".=3", "mm.=3", ".spread=3"])
def test_what_names_no_parameter_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"expected STRATEGY\.PARAMETER=VALUE such as mm\.spread_bps=3"):
        changed_of(text)


def parameters(*texts: str) -> dict[str, dict[str, Any]]:
    config = with_changed(load_config(None), map(changed_of, texts))
    return {seat.name: seat.parameters for seat in config.seats()}


def test_a_table_changes_in_all_its_instances_and_an_instance_alone() -> None:
    before = parameters()
    assert [before[name]["fast"] for name in ("sma/BTC", "sma/ETH")] == [8, 6]
    assert [parameters("sma.fast=5")[name]["fast"] for name in ("sma/BTC", "sma/ETH")] == [5, 5]
    assert [parameters("sma/ETH.fast=5")[name]["fast"] for name in ("sma/BTC", "sma/ETH")] == [8, 5]
    assert parameters("sma.fast=5", "sma/BTC.fast=4")["sma/BTC"]["fast"] == 4
    assert parameters("sma.fast=5")["mm"] == before["mm"]


@pytest.mark.parametrize(
    ("text", "hint"), [("mmm.a=1", "did you mean 'mm'"), ("sma/BCT.a=1", "did you mean 'sma/BTC'")]
)
def test_a_strategy_that_is_not_there_is_refused_with_the_nearest(text: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=hint):
        parameters(text)
