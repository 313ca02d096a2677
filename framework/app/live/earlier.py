"""What the journal of an account tells of the sessions before."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from framework.kernel.disk import Disk
from framework.kernel.journal import JournalEnd, Past
from framework.kernel.records import Checkpoint, EventHeard, HistoryHeard, Record, Turn
from framework.model.errors import ConfigError
from framework.model.instants import NS_PER_S

BULKY: Final = (EventHeard, HistoryHeard)
"""Records that leave nothing behind in the books."""
DATED: Final = (Turn, Checkpoint)
"""Records that tell when they were written."""
CLOCK_BACK_NS: Final = 2 * NS_PER_S
"""So far our clock may be behind the end of the journal."""
AHEAD_MS_MAX: Final = 60_000
"""So far it may be ahead of the venue's at a start."""


class Earlier(NamedTuple):
    """What earlier sessions left."""

    records: Sequence[Record]
    """Since the newest checkpoint, without what leaves nothing behind; none where there is no journal."""
    end: JournalEnd
    """Where the journal is gone on from."""


def check_clock(skew_ms: float) -> None:
    """A journal that is dated ahead cannot be gone on with, once the clock is right, until that has caught up with it.

    Args:
        skew_ms: how far the venue's clock is ahead of ours.

    Raises:
        ConfigError: ours is far ahead.
    """
    if skew_ms < -AHEAD_MS_MAX:
        raise ConfigError(
            f"expected this machine's clock near the venue's, found it {-skew_ms / 1000:,.0f} s ahead: set it right; the "
            "journal would be dated so too, and no later start could go on with it"
        )


def read_earlier(folder: Path, now_ns: int, disk: Disk | None = None) -> Earlier:
    """What the journal tells of earlier sessions.

    Raises:
        DataError: it is damaged, incomplete or an older copy.
        ConfigError: it ends later than now.
    """
    past = Past(folder, disk)
    records = [record for record in past.records() if not isinstance(record, BULKY)]
    ended_ns = max((record.ts_ns for record in records if isinstance(record, DATED)), default=0)
    if ended_ns > now_ns + CLOCK_BACK_NS:
        raise ConfigError(
            f"{folder}: expected a journal that ends before now, found one that ends "
            f"{(ended_ns - now_ns) / NS_PER_S:.0f} s later: this machine's clock went back, or was ahead then; set it right, and "
            "where it is, wait for so long"
        )
    return Earlier(records, past.end)
