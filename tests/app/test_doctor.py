"""What the doctor finds without a venue; `tests/cli/test_doctor.py` sends it to a sandbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from framework.app import doctor
from framework.app.doctor import AFTER_SETTINGS, OF_VENUE, Doctor, State, doctor_facts

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "config/live.example.toml"


def examined(tmp_path: Path, *changes: tuple[str, str]) -> dict[str, doctor.Step]:
    """The steps of the example's settings, changed."""
    text = EXAMPLE.read_text(encoding="utf-8").replace('folder = "var"', f'folder = "{tmp_path}"')
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file = tmp_path / "live.toml"
    file.write_text(text, encoding="utf-8")
    steps = list(Doctor(file, environment={}).examine())
    assert [step.name for step in steps] == ["settings", *AFTER_SETTINGS]
    return {step.name: step for step in steps}


def test_the_example_has_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "SYNC_MS_MAX", 60_000.0)
    monkeypatch.setattr(doctor, "FREE_BYTES_MIN", 0)
    steps = examined(tmp_path)
    assert {name: step.state for name, step in steps.items() if step.state is not State.GOOD} == dict.fromkeys(
        ("venue", "key", "account", "clock"), State.SKIPPED
    )
    assert doctor_facts(list(steps.values()))["may_trade"]


def test_settings_come_first(tmp_path: Path) -> None:
    steps = examined(tmp_path, ('stage = "canary"', 'stage = "canari"'))
    assert steps["settings"].state is State.FAULT
    assert {steps[name].state for name in AFTER_SETTINGS} == {State.SKIPPED}


def test_limits_that_are_missing_are_all_named(tmp_path: Path) -> None:
    steps = examined(tmp_path, ('price_collar = "2%"\n', ""), ('message_rate = "40/s"\n', ""))
    assert steps["limits"].state is State.FAULT
    assert [text.partition(":")[0].split()[-1] for text in steps["limits"].texts] == ["message_rate", "price_collar"]


@pytest.mark.parametrize(
    ("host", "words"),
    [("api.bitget.com:443", "no live venue is served yet"), ("localhost", "expected host and port")],
)
def test_a_venue_that_is_not_served_is_a_fault_and_the_key_is_not_looked_for(
    tmp_path: Path, host: str, words: str
) -> None:
    steps = examined(tmp_path, ('venue = "plain"', 'venue = "bitget"'), ("127.0.0.1:8765", host))
    assert words in steps["venue"].texts[0]
    assert {steps[name].state for name in ("key", "account", "clock")} == {State.SKIPPED}


def test_without_a_key_it_is_said_where_to_put_one(tmp_path: Path) -> None:
    steps = examined(tmp_path, ('venue = "plain"', 'venue = "bitget"'))
    assert "expected files bitget_key" in steps["key"].texts[0]
    assert {name: steps[name].state for name in OF_VENUE} == {
        "venue": State.SKIPPED, "key": State.FAULT, "account": State.SKIPPED, "clock": State.SKIPPED,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("FREE_BYTES_MIN", 1 << 62, "make room"), ("SYNC_MS_MAX", -1.0, "use a local disk")],
)
def test_a_disk_that_is_full_or_slow_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: float, words: str
) -> None:
    monkeypatch.setattr(doctor, "FREE_BYTES_MIN", 0)
    monkeypatch.setattr(doctor, name, value)
    step = examined(tmp_path)["disk"]
    assert step.state is State.FAULT and words in step.texts[0]


def test_a_budget_that_is_tight_or_cannot_be_kept_is_said(tmp_path: Path) -> None:
    lead = ('rules = "bitget-spot"', 'rules = "bitget-spot:lead-trader"')
    tight = examined(tmp_path, lead)["budget"]
    assert tight.state is State.GOOD and "orders wait" in tight.texts[0]
    tables = EXAMPLE.read_text(encoding="utf-8").partition("[strategy.mm]")[2]
    more = "".join(
        f"[strategy.m{number}]{tables.replace('strategy.mm', f'strategy.m{number}')}\n" for number in range(20)
    )
    step = examined(tmp_path, lead, ("[strategy.mm]", f"{more}[strategy.mm]"))["budget"]
    assert step.state is State.FAULT and "ask less often" in step.texts[0]
