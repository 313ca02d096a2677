"""What mypy says of a snippet, as strictly as of the project."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from mypy import api

ROOT: Final = Path(__file__).resolve().parents[2]


def checked(snippet: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Its words about `snippet.py` in a folder."""
    monkeypatch.setenv("MYPYPATH", str(ROOT))
    file = folder / "snippet.py"
    file.write_text(snippet, encoding="utf-8")
    # The project's own cache would do, but several test processes may run at once.
    options = ["--strict", "--follow-imports=silent", "--config-file=", f"--cache-dir={folder / 'cache'}"]
    said, complaints, _ = api.run([*options, str(file)])
    assert not complaints
    return said
