"""Findings of a source text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from framework.plugins.check import check_source


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """The findings of `x.py` with that text, each as its line of text."""
    monkeypatch.chdir(tmp_path)

    def texts(source: str) -> list[str]:
        Path("x.py").write_text(source, encoding="utf-8")
        return [finding.text for finding in check_source(Path("x.py"))]

    return texts


@pytest.fixture
def found_in_class(found: Callable[[str], list[str]]) -> Callable[[str], list[str]]:
    """The findings of a strategy with that body; the body begins at line 3."""

    def texts(body: str) -> list[str]:
        indented = "".join(f"    {line}\n" for line in body.strip("\n").split("\n"))
        return found(f"from framework import Strategy, every, cron\nclass X(Strategy):\n{indented}")

    return texts
