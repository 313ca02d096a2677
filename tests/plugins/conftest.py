"""A folder of strategies of a test's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

STRATEGY = "from framework import Strategy\n\nclass {name}(Strategy):\n    fast: int = 3\n"
DIST_INFO = {
    "METADATA": "Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
    "RECORD": "",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`strategies/` in an empty current folder."""
    monkeypatch.chdir(tmp_path)
    made = Path("strategies")
    made.mkdir()
    return made


@pytest.fixture
def write(folder: Path) -> Callable[..., Path]:
    """Write `strategies/<name>` with a text, or with a small strategy."""

    def to_file(name: str, text: str | None = None) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(STRATEGY.format(name="Small") if text is None else text, encoding="utf-8")
        return path

    return to_file


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Install a package with entry points, without a wheel: its files and its dist-info, on the path."""

    def package(name: str, entries: dict[str, str], text: str | None = None) -> Path:
        site = tmp_path / "site"
        info = site / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        lines = [f"{entry} = {value}" for entry, value in entries.items()]
        (info / "entry_points.txt").write_text("\n".join(["[framework.strategies]", *lines, ""]))
        for file, content in DIST_INFO.items():
            (info / file).write_text(content.format(name=name))
        module = site / name / "__init__.py"
        module.parent.mkdir()
        module.write_text(STRATEGY.format(name="Installed") if text is None else text)
        monkeypatch.syspath_prepend(site)
        return module

    return package
