"""How long a venue asks to be left alone, as its `Retry-After` says it: the one place that reads that header."""

from __future__ import annotations

import re
from typing import Final

from framework.model.instants import NS_PER_S

SECONDS: Final = re.compile(r"[0-9]{1,7}", re.ASCII)


def wait_ns(text: str) -> int:
    """Of whole seconds; 0 where it says nothing that can be read: a date is no time of ours, and nobody sends one."""
    return int(text) * NS_PER_S if SECONDS.fullmatch(text) else 0
