"""Reasons of reports on which more than one part of the house acts: a word that two of them spelt apart would be missed.

`framework/reports/reasons.py` says of every reason what it means and what a person does.
"""

from __future__ import annotations

from typing import Final

RATE_LIMITED: Final = "rate_limited"
BANNED: Final = "banned"
LIMITED: Final = frozenset({RATE_LIMITED, BANNED})
"""Reasons of rejections that say nothing about the order: a cancel that met one is sent again when it may be."""
UNKNOWN_ORDER: Final = "unknown_order"
"""The venue has none of that name: that proves nothing."""
DUPLICATE_ID: Final = "duplicate_id"
"""The id was used: then the order is there already."""
GATE_CLOSED: Final = "gate_closed"
STALE: Final = "stale"
"""It waited too long to leave."""
