"""A row of the venue's table: a method and a path, who answers it, and what it counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from framework.sandbox.bitget.call import Call


@dataclass(frozen=True, slots=True)
class PlayedEndpoint:
    """One row. `scope` empty: public."""

    method: str
    path: str
    answer: Callable[[Call], Any]
    limit: int
    """A second; the smaller where sources disagree."""
    scope: str = ""
    """`spot`, `futures`, `position`, `uta_trade`, `uta_mgt`; `any`: every key."""
    is_write: bool = False
    lenient: int = 0
    """The larger limit where sources disagree."""
    batch: str = ""
    """Name of the list of orders in its body, `[]` where the body is the list."""

    @property
    def is_placing(self) -> bool:
        """Lead traders are held to one a second here."""
        return self.path.endswith(("/place-order", "/batch-orders", "/batch-place-order", "/place-batch"))

    def pairs(self, params: Mapping[str, Any], entries: list[Any]) -> dict[str, int]:
        """How many orders of each pair a batch holds."""
        if not self.batch:
            return {}
        found = entries if self.batch == "[]" else params.get(self.batch)
        outer, counted = str(params.get("symbol", "")), dict[str, int]()
        is_multiple = self.batch == "[]" or params.get("batchMode") == "multiple" or not outer
        for entry in found if isinstance(found, list) else []:
            name = str(entry.get("symbol", "")) if is_multiple and isinstance(entry, dict) else outer
            counted[name] = counted.get(name, 0) + 1
        return counted
