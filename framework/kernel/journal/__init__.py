"""The journal: append-only inputs and decisions of a run, in files that tell what is missing or damaged.

`frames` the bytes of a record · `marks` where a segment begins and ends · `segment` one file being written · `reading` it
read again · `writer` the plain writer of tape runs · `turns` records behind their instant · `names`, `head`, `linked`,
`past`, `chain` a journal of many segments: what its files are called, how far it went, read, read by a start, and written · `group` and `thread`
group commit for daemons.
"""

from framework.kernel.journal.chain import Chain
from framework.kernel.journal.frames import FRAME, MAGIC, Damaged, encode
from framework.kernel.journal.group import GroupJournal
from framework.kernel.journal.linked import read_folder
from framework.kernel.journal.past import JournalEnd, Past
from framework.kernel.journal.reading import read_journal, torn_bytes
from framework.kernel.journal.thread import WriterThread
from framework.kernel.journal.turns import TurnJournal
from framework.kernel.journal.writer import JournalWriter

__all__ = [
    "FRAME",
    "MAGIC",
    "Chain",
    "Damaged",
    "GroupJournal",
    "JournalEnd",
    "JournalWriter",
    "Past",
    "TurnJournal",
    "WriterThread",
    "encode",
    "read_folder",
    "read_journal",
    "torn_bytes",
]
