"""What is read from disk or network is data: nothing that runs code when it is read."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

FOLDERS = ("framework", "strategies", "benchmarks")
MODULES = frozenset(
    {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "yaml", "jsonpickle"}
)
CALLS = frozenset({"eval", "exec", "__import__"})


def suspects(text: str) -> list[str]:
    """Imports of formats that run code, and calls that run text."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.partition(".")[0] in MODULES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in MODULES:
            found.append(node.module or "")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            found.append(node.func.id)
    return found


@pytest.mark.fault("A16")
def test_no_format_that_runs_code_is_read() -> None:
    files = [path for folder in FOLDERS for path in Path(folder).rglob("*.py")]
    assert len(files) > 100
    assert {str(path): found for path in files if (found := suspects(path.read_text(encoding="utf-8")))} == {}


def test_such_formats_would_be_found() -> None:
    text = "import pickle\nfrom yaml import load\nimport json\nx = eval('1')\nre.compile('x')\n"
    assert suspects(text) == ["pickle", "yaml", "eval"]
