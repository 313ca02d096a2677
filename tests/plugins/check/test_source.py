"""All findings of a plugin, its import included when its source is sound."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from framework.config import Config
from framework.plugins import Library
from framework.plugins.check import check_plugins, check_source, handler_warnings

ROOT = Path(__file__).parents[3]
GOOD = "from framework import Strategy\nclass X(Strategy):\n    fast: int = 3\n"


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], list[str]]:
    """The findings of a folder of plugins with these texts."""
    monkeypatch.chdir(tmp_path)

    def texts(files: dict[str, str]) -> list[str]:
        for name, text in files.items():
            path = Path("strategies") / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return [finding.text for finding in check_plugins(Library(Path("strategies")))]

    return texts


def test_the_bundled_strategies_have_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert check_plugins(Library(Path("strategies"))) == []


def test_every_fault_of_every_plugin_is_told_at_once(check: Callable[[dict[str, str]], list[str]]) -> None:
    texts = check(
        {
            "a.py": "import asyncio\nfrom framework import Strategy\nclass A(Strategy):\n    def on_trad(self, t): ...\n",
            "b.py": "def f(:\n",
            "c/__init__.py": "from .d import C\n",
            "c/d.py": GOOD.replace("X", "C").replace("= 3", ""),
            "Bad Name.py": GOOD,
            "good.py": GOOD,
            "e.py": "raise OSError('no disk')\n",
            "f.py": "from framework import Strategy\n",
        }
    )
    assert [text.split(" ", 2)[0] for text in texts] == [
        "strategies:",
        "strategies/a.py:1:",
        "strategies/a.py:4:",
        "strategies/b.py:1:",
        "strategies/c/d.py:3:",
        "strategies/e.py:1:",
        "strategies/f.py:",
    ]
    assert "no subclass of Strategy in it" in texts[-1]


def test_a_plugin_with_faults_is_not_imported(check: Callable[[dict[str, str]], list[str]]) -> None:
    (text,) = check({"a.py": "import threading\nraise OSError('it ran')\n"})
    assert "threading" in text


def test_what_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "zero.py").write_bytes(b"x = 1\0")
    (tmp_path / "latin.py").write_bytes(b"x = '\xe9'\n")
    for name in ("zero.py", "latin.py", "missing.py"):
        (finding,) = check_source(tmp_path / name)
        assert "cannot be read" in finding.what or "is not Python" in finding.what


def test_a_run_warns_of_misspelt_handlers_of_what_it_uses_and_of_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("strategies").mkdir()
    misspelt = "from framework import Strategy\nclass X(Strategy):\n    def on_bars(self, bar): ...\n"
    for name in ("used", "unused"):
        Path(f"strategies/{name}.py").write_text(misspelt)
    Path("strategies/broken.py").write_text("class")
    tables = {name: {"use": name, "capital": "1 USDT"} for name in ("used", "broken", "missing")}
    assert handler_warnings(Config.model_validate({"strategy": tables})) == [
        "warning: strategies/used.py:3: on_bars is no handler and nobody calls it (rename it to on_bar)"
    ]
