"""The journal: append-only inputs and decisions of a run, in files that tell what is missing or damaged.

`frames` the bytes of a record · `marks` where a segment begins and ends · `segment` one file being written · `writer`
the plain writer of tape runs · `turns` records behind their instant · `reading` all of it again.
"""

from framework.kernel.journal.frames import FRAME, MAGIC, Damaged, encode
from framework.kernel.journal.reading import read_journal, torn_bytes
from framework.kernel.journal.turns import TurnJournal
from framework.kernel.journal.writer import JournalWriter

__all__ = [
    "FRAME",
    "MAGIC",
    "Damaged",
    "JournalWriter",
    "TurnJournal",
    "encode",
    "read_journal",
    "torn_bytes",
]
