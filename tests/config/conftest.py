"""Settings written to a file of their own, and an environment without any."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from framework.config import Config, load_config
from framework.model.errors import ConfigError


@pytest.fixture(autouse=True)
def _quiet_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.upper().startswith("BOT_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def load() -> Callable[..., Config]:
    """Load settings from text, as `config/paper.toml`."""

    def from_text(text: str, overrides: Mapping[str, Any] | None = None, *, takes_keys: bool = False) -> Config:
        path = Path("config/paper.toml")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return load_config(path, overrides, takes_keys=takes_keys)

    return from_text


@pytest.fixture
def faults_of(load: Callable[..., Config]) -> Callable[..., list[str]]:
    """The lines of the ConfigError that text raises."""

    def lines(text: str, overrides: Mapping[str, Any] | None = None, **more: Any) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            load(text, overrides, **more)
        return str(caught.value).splitlines()

    return lines
