"""One thing that `run.py check` found."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    """What is wrong, where, and what to do. A warning alone does not fail the check."""

    file: str
    line: int
    what: str
    fix: str = ""
    is_warning: bool = False

    @property
    def text(self) -> str:
        """`strategies/mm.py:12: on_trad is no handler (rename it to on_trade)`."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        kind = "warning: " if self.is_warning else ""
        return f"{place}: {kind}{self.what}" + (f" ({self.fix})" if self.fix else "")
