"""What live trading refuses to start without, or with."""

from __future__ import annotations

import pytest

from framework.config import Config
from framework.config.limits import REQUIRED
from framework.config.readiness import live_faults


def settings(self_cross: str, limits: dict[str, object]) -> Config:
    return Config.model_validate(
        {
            "router": {"self_cross": self_cross},
            "strategy": {"mm": {"use": "market_maker", "capital": "100 USDT"}},
            "limits": limits,
        }
    )


@pytest.mark.parametrize("self_cross", ["hold", "refuse"])
def test_orders_that_would_meet_wait_or_are_refused_in_live_trading(self_cross: str) -> None:
    assert not any("self_cross" in line for line in live_faults(settings(self_cross, {})))


def test_matching_inside_is_not_for_live_trading() -> None:
    (line,) = [line for line in live_faults(settings("cross", {})) if "self_cross" in line]
    assert '[router] self_cross: expected "hold" or "refuse" for live trading, found "cross"' in line


def test_limits_that_are_missing_are_named() -> None:
    lines = live_faults(settings("hold", {}))
    assert len(lines) == len(REQUIRED)
    assert all(name in line for name, line in zip(REQUIRED, lines, strict=True))
