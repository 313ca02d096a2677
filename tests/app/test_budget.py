"""What a reckoning rests on: declared rates, or a run's journal."""

from __future__ import annotations

from pathlib import Path

import pytest

from framework.app.budget import reckon_rates, reckon_run, slowest_ns
from framework.config import Config
from framework.model.errors import ConfigError, DataError
from framework.model.latency import Fixed, Recorded, Uniform

ROOT = Path(__file__).parents[2]
FAST = """from framework import Strategy

class Fast(Strategy):
    instrument: str = "BTC/USDT@bitget"
    speed: int = 4
    @property
    def rates(self):
        return {"orders": f"{self.speed}/s", "cancels": "2/s"}
"""
QUIET = "from framework import Strategy\n\nclass Quiet(Strategy):\n    pass\n"


def config_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, speed: int = 4, **strategies: object) -> Config:
    monkeypatch.chdir(tmp_path)
    Path("strategies").mkdir(exist_ok=True)
    Path("strategies/fast.py").write_text(FAST)
    Path("strategies/quiet.py").write_text(QUIET)
    tables = {"fast": {"use": "fast", "capital": "1 USDT", "params": {"speed": speed}}, **strategies}
    return Config.model_validate({"strategy": tables, "paper": {"latency": "50 ms"}})


def test_declared_rates_are_reckoned_and_who_declares_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_of(tmp_path, monkeypatch, quiet={"use": "quiet", "capital": "1 USDT"})
    found = reckon_rates(config)
    facts = found.facts()
    assert (facts["can_live"], facts["orders_per_s"], facts["first_to_saturate"]) == (True, 6.0, "place")
    assert facts["round_trip_ms"] == 100
    assert facts["not_reckoned"] == ["quiet"]
    assert {bucket["bucket"]: bucket["planned"] for bucket in facts["buckets"]}["place"] == 4


def test_too_much_cannot_live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reckon_rates(config_of(tmp_path, monkeypatch, speed=20)).can_live
    assert not reckon_rates(config_of(tmp_path, monkeypatch, speed=80)).can_live


def test_without_any_rates_it_says_how_to_declare_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = config_of(tmp_path, monkeypatch, quiet={"use": "quiet", "capital": "1 USDT"}).only(["quiet"])
    with pytest.raises(ConfigError, match=r"rates = .*--run"):
        reckon_rates(config)


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "journal.bin").write_bytes(b"nonsense")
    with pytest.raises(DataError):
        reckon_run(tmp_path)


def test_the_longest_way_counts() -> None:
    assert [slowest_ns(one) for one in (Fixed(3), Uniform(1, 5), Recorded((2, 9, 4)))] == [3, 5, 9]
