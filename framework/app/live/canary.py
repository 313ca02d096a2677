"""`stage = "canary"`: small hard caps on an account until enough of its orders have reconciled, over all of `[limits]`."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from framework.config import Config
from framework.config.limits import OwnerLimits
from framework.model.errors import ConfigError
from framework.model.money import Amount, plain

CAPS: Final = {"max_order_notional": 100, "max_position": 500, "max_exposure": 1_000, "max_loss": 50}
"""In the report currency, of the whole account; a loss counts over a day."""
OPEN_ORDERS_MAX: Final = 40


def with_caps(config: Config) -> Config:
    """The same settings, with the caps laid over the limits of the account.

    Raises:
        ConfigError: a limit of the account that cannot be compared with its cap.
    """
    name, limits = config.live.account, config.limits
    table = limits.account.get(name, OwnerLimits())
    wanted: dict[str, Any] = {each: _lower(config, each, getattr(table, each)) for each in CAPS}
    wanted["max_open_orders"] = min(table.max_open_orders or OPEN_ORDERS_MAX, OPEN_ORDERS_MAX)
    capped = table.model_copy(update=wanted)
    accounts = {**limits.account, name: capped}
    return config.model_copy(update={"limits": limits.model_copy(update={"account": accounts})}).read_from(config.file)


def _lower(config: Config, name: str, set_: Amount | None) -> Amount:
    cap = Amount(Decimal(CAPS[name]), config.report_currency)
    if set_ is None:
        return cap
    if set_.asset != cap.asset:
        raise ConfigError(
            f"{config.file}: [limits.account.{config.live.account}] {name}: expected an amount of {cap.asset}, which the "
            f"cap of stage canary ({plain(cap.value)}) can be held against, found {set_}; set it in [limits] instead"
        )
    return min(set_, cap, key=lambda amount: amount.value)


def caps_words(config: Config) -> str:
    """The caps in one line."""
    table = config.limits.account[config.live.account]
    shown = [f"{name.removeprefix('max_').replace('_', ' ')} {getattr(table, name)}" for name in CAPS]
    return f"stage {config.live.stage}: at most {', '.join(shown)}, {table.max_open_orders} open orders"


def loss_words(config: Config) -> Iterator[str]:
    """The largest loss that the limits let happen before trading stops, as they are set."""
    limits = config.limits
    tables = [("all", limits), *((".".join(path[1:]), table) for path, table in limits.tables())]
    for where, table in tables:
        if table.max_loss is not None:
            yield f"{table.max_loss} in {table.loss_window} ({where})"
