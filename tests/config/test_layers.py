"""Files and their lines: what cannot be read says why."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from framework.config import Config, load_config
from framework.config.layers import file_layer, line_numbers
from framework.model.errors import ConfigError

Load = Callable[..., Config]
FaultsOf = Callable[..., list[str]]
SMA = '[strategy.sma]\nuse = "sma_cross"\ncapital = "1000 USDT"\n'


def test_lines_of_quoted_and_dotted_keys_are_found() -> None:
    text = 'a = 1\n[strategy."x/y"]  # why\nparams.fast = 3\n"odd key" = 2\n'
    assert line_numbers(text) == {
        ("a",): 1,
        ("strategy", "x/y"): 2,
        ("strategy", "x/y", "params", "fast"): 3,
        ("strategy", "x/y", "odd key"): 4,
    }


def test_what_is_not_toml_keeps_its_line_number(faults_of: FaultsOf) -> None:
    (fault,) = faults_of("[paper]\nspeed = = 3\n")
    assert fault.startswith("config/paper.toml: expected TOML: ")
    assert "line 2" in fault


def test_two_strategies_of_one_name_are_explained(faults_of: FaultsOf) -> None:
    (fault,) = faults_of(SMA + SMA)
    assert "two strategies need two names" in fault
    assert "line 4" in fault


def test_a_missing_file_says_what_stands_beside_it(load: Load) -> None:
    load("")
    with pytest.raises(
        ConfigError, match=r"config/papr\.toml: expected a settings file, found none; config holds paper"
    ):
        load_config(Path("config/papr.toml"))
    with pytest.raises(ConfigError, match=r"nowhere/paper\.toml: expected a settings file, found none"):
        load_config(Path("nowhere/paper.toml"))


def test_where_there_are_no_settings_at_all_the_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load_config(None)
    assert str(refused.value) == (
        f"config/paper.toml: expected a settings file, found none; looked for in {tmp_path.as_posix()}: go to the "
        "project's folder first, or name a file by --config"
    )


def test_a_folder_or_foreign_bytes_are_not_settings(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="found a folder"):
        load_config(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b'bot = "caf\xe9"')
    with pytest.raises(ConfigError, match="expected UTF-8 text, found byte 10 that is none"):
        load_config(tmp_path / "latin.toml")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_without_read_permission_says_so(load: Load) -> None:
    load("")
    Path("config/paper.toml").chmod(0)
    with pytest.raises(ConfigError, match="check its permissions"):
        load_config(Path("config/paper.toml"))


def test_a_missing_file_elsewhere_names_those_of_the_usual_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "mine.toml").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"^nope\.toml: .*found none; config holds mine\.toml"):
        file_layer(Path("nope.toml"))
