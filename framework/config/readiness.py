"""Whether settings are fit for real orders: what live trading refuses to start without, or with."""

from __future__ import annotations

from framework.config.limits import missing_limits
from framework.config.tables import Config
from framework.model.self_cross import SelfCross


def live_faults(config: Config) -> list[str]:
    """Why live trading must not start with these settings, a line each; empty: it may."""
    faults = missing_limits(config.limits, [seat.name for seat in config.seats()])
    if config.router.self_cross is SelfCross.CROSS:
        faults.append(
            '[router] self_cross: expected "hold" or "refuse" for live trading, found "cross"; orders are '
            "matched inside on paper and in backtests alone"
        )
    return faults
