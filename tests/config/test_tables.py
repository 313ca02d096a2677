"""The settings as models: defaults, frozen, and the canonical form that decides a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from framework.config import Config
from framework.model.errors import ConfigError
from framework.model.latency import Uniform
from framework.model.money import Amount

Load = Callable[..., Config]
SMA = '[strategy.sma]\nuse = "sma_cross"\ncapital = "1000 USDT"\n'


def test_an_empty_file_has_defaults_for_everything(load: Load) -> None:
    config = load("")
    assert (config.bot, config.report_currency, config.display_tz) == ("bot", "USDT", "UTC")
    assert (config.paper.rules, config.paper.speed, config.paper.loop) == ("bitget-spot", 10, False)
    assert config.paper.latency == Uniform(20_000_000, 60_000_000)
    assert (config.journal.folder, config.log.level, config.seats()) == ("var", "info", ())
    assert config.file == "config/paper.toml"


def test_only_keeps_the_strategies_asked_for_and_enables_them(load: Load) -> None:
    config = load(SMA + SMA.replace("sma]", "off]\nenabled = false"))
    assert [seat.name for seat in config.seats()] == ["sma"]
    assert [seat.name for seat in config.only(["off"]).seats()] == ["off"]
    assert config.only(["off"]).seats()[0].where == "config/paper.toml: [strategy.off]"
    with pytest.raises(ConfigError, match=r"no \[strategy\.smaa\]; did you mean 'sma'\?"):
        config.only(["smaa"])


def test_settings_and_seats_are_frozen(load: Load) -> None:
    config = load(SMA)
    with pytest.raises(ValidationError):
        config.paper.speed = 3  # type: ignore[misc]  # that it is refused is the point
    with pytest.raises(FrozenInstanceError):
        config.seats()[0].name = "x"  # type: ignore[misc]  # as above


def test_what_does_not_decide_the_run_is_not_in_the_canonical_form(load: Load) -> None:
    plain = load(SMA).canonical()
    shown = load(
        SMA + '[paper]\nspeed = "max"\nloop = true\ntape = "/anywhere/binance-2024-08-08"\n'
        '[journal]\nfolder = "x"\n[log]\nlevel = "debug"\n[strategy.off]\nuse = "x"\nenabled = false\ncapital = "1 X"\n',
        {"display_tz": "Europe/Berlin"},
    )
    assert shown.canonical() == plain
    assert plain == load(SMA).canonical()


@pytest.mark.parametrize(
    "text", ['bot = "x"\n', "[paper]\nseed = 2\n", '[paper]\nlatency = "21 ms"\n', "[strategy.sma.params]\nfast = 6\n"]
)
def test_what_decides_the_run_is_in_the_canonical_form(load: Load, text: str) -> None:
    changed = f"{text}{SMA}" if text.startswith("bot") else f"{SMA}{text}"
    assert load(changed).canonical() != load(SMA).canonical()


def test_the_order_of_strategies_decides_and_survives(load: Load) -> None:
    other = SMA.replace("sma]", "aaa]")
    one, two = load(SMA + other), load(other + SMA)
    assert one.canonical() != two.canonical()
    assert [seat.name for seat in Config.from_canonical(one.canonical()).seats()] == ["sma", "aaa"]


amounts = st.builds(
    Amount, st.decimals(min_value="0.00000001", max_value=10**9, places=8), st.sampled_from(["USDT", "BTC", "X9"])
)
parameter_values = st.recursive(
    st.text(max_size=8)
    | st.integers(-(2**53), 2**53)
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    balance=amounts,
    seed=st.integers(0, 2**63 - 1),
    low_us=st.integers(0, 500_000),
    spread=st.decimals(min_value=0, max_value=1000, places=4),
    parameters=st.dictionaries(st.text(min_size=1, max_size=8), parameter_values, max_size=4),
    start=st.datetimes(timezones=st.just(UTC), min_value=datetime(1970, 1, 1)),  # noqa: DTZ001 - hypothesis wants it naive
)
def test_canonical_and_back_is_the_same(
    balance: Amount,
    seed: int,
    low_us: int,
    spread: Decimal,
    parameters: dict[str, Any],
    start: datetime,
) -> None:
    config = Config.model_validate(
        {
            "paper": {
                "balances": [balance],
                "seed": seed,
                "latency": f"{low_us}-{low_us + 7} us",
                "spread_bps": spread,
                "start": start,
            },
            "strategy": {
                "a": {"use": "x", "capital": "1 USDT", "params": parameters},
                "b": {"use": "x", "capital": "1 USDT", "each": ["BTC/USDT@x"]},
            },
        }
    )
    again = Config.from_canonical(config.canonical())
    assert again.canonical() == config.canonical()
    assert again.paper == config.paper
    assert [seat.parameters for seat in again.seats()] == [seat.parameters for seat in config.seats()]
    assert again.seats()[0].where == "the journal: [strategy.a]"


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"strategy": [1]}', b'{"strategy": [], "papr": {}}', b"\xff"])
def test_damaged_canonical_settings_are_a_config_error(text: bytes) -> None:
    with pytest.raises(ConfigError, match="settings cannot be read"):
        Config.from_canonical(text)


@pytest.mark.parametrize("settings", [{"journal": {"folder": "a\0b"}}, {"paper": {"tape": "a\0b"}}])
def test_a_path_with_a_zero_character_is_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="expected a path, found one with a zero character"):
        Config.model_validate(settings)


def test_the_name_of_an_instance_is_answered_with_its_tables() -> None:
    config = Config.model_validate(
        {"strategy": {"sma": {"use": "sma_cross", "capital": ["1 USDT"], "each": ["BTC/USDT@bitget"]}}}
    )
    with pytest.raises(ConfigError, match=r"no \[strategy.sma/BTC\]; sma/BTC is one instance of .* write sma"):
        config.only(["sma/BTC"])


def test_the_router_waits_as_told_and_only_then_the_run_is_another_one() -> None:
    default = Config.model_validate({})
    assert (default.router.intent_age_ns, default.router.queue_orders) == (5 * 10**9, 1_000)
    other = Config.model_validate({"router": {"intent_age": "2s", "queue_orders": 50}})
    assert (other.router.intent_age_ns, other.router.queue_orders) == (2 * 10**9, 50)
    assert b"router" not in default.canonical()
    assert Config.from_canonical(other.canonical()).router == other.router


@pytest.mark.parametrize("settings", [{"intent_age": "soon"}, {"queue_orders": 0}, {"queue_orders": True}])
def test_a_wait_that_is_none_is_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="router"):
        Config.model_validate({"router": settings})
