"""The tick format of the bundled tape: quotes, trades and book snapshots of one instrument in one csv.

The header is `t_us,k,a,b,c,d`; `t_us` counts microseconds of receive time from the start of the recording; `k` is
`q`: bid, bid size, ask, ask size
`t`: price, size, aggressor `b` or `s`, trade id
`d`: the bids, then the asks, each as `price:size|price:size`, the best first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from framework.data.defects import Defects, Unusable
from framework.data.lines import first_lines, line_blocks
from framework.data.tape import Chunk
from framework.model.errors import DataError, GridError
from framework.model.events import Depth, FeedState, Level, Quote, Trade
from framework.model.instants import NS_PER_S
from framework.model.instrument import Instrument

HEADER: Final = "t_us,k,a,b,c,d"
RHYTHM_NS: Final = 100_000_000
"""Quotes are conflated to one each 100 ms."""
REMEMBERED_MAX: Final = 1 << 14
"""So many numbers are remembered before they are forgotten."""


class TickFile:
    """The recording of one instrument in the tick format.

    Args:
        start_ns: UTC, of `t_us` 0.
        end_ns: UTC, of the last row; later ones are unusable.

    Raises:
        DataError: the file is missing, unreadable, empty, or of another format.
    """

    step_ns = RHYTHM_NS
    assumptions: Sequence[str] = ()

    def __init__(self, path: Path, instrument: Instrument, start_ns: int, end_ns: int) -> None:
        self.path = path
        self.files: Sequence[Path] = (path,)
        self.instrument = instrument
        self.start_ns = start_ns
        self.end_ns = end_ns
        found = first_lines(path, 1)[0]
        if found.strip() != HEADER:
            raise DataError(f"{path}, line 1: expected the header {HEADER}, found {found[:40]!r}; choose a tick file")

    def chunks(self) -> Iterator[Chunk]:
        """All events. Rows that are unusable become DEFECT events, jumps of the trade id GAP events.

        Raises:
            DataError: the file is damaged; what could be read was given before.
        """
        rows = TickRows(self.path, self.instrument, self.start_ns, self.end_ns)
        for lines in line_blocks(self.path):
            if events := rows.read(lines):
                yield events
        if rest := rows.defects.rest(rows.ts_ns):
            yield list(rest)


class Points(dict[str, int]):
    """Points of the numbers seen lately: market data repeats itself, and looking up is quicker than converting.

    Args:
        convert: `Instrument.data_price` or `Instrument.data_size`, which say what is exact.
    """

    def __init__(self, convert: Callable[[str], int]) -> None:
        super().__init__()
        self._convert = convert

    def __missing__(self, text: str) -> int:
        points = self._convert(text)
        if not points:
            raise Unusable(f"expected a number above 0, found {text[:40]!r}")
        if len(self) >= REMEMBERED_MAX:
            self.clear()
        self[text] = points
        return points


class TickRows:
    """Turns rows into events, in order; knows what came before."""

    def __init__(self, path: Path, instrument: Instrument, start_ns: int, end_ns: int) -> None:
        self.instrument = instrument
        self.defects = Defects(instrument, path)
        self.ts_ns = start_ns
        """Of the last usable row."""
        self._start_ns = start_ns
        self._end_ns = end_ns
        self._line = 0
        self._trade_id = 0
        self._prices = Points(instrument.data_price)
        self._sizes = Points(instrument.data_size)
        self._kinds = {"q": self._add_quote, "t": self._add_trade, "d": self._add_depth}

    def read(self, lines: list[str]) -> Chunk:
        """The events of the next lines; the header and blank lines give none."""
        events: Chunk = []
        kinds, start_ns = self._kinds, self._start_ns
        for number, line in enumerate(lines, self._line + 1):
            try:
                t_us, kind, rest = line.split(",", 2)
                ts_ns = start_ns + int(t_us) * 1000
                if not self.ts_ns <= ts_ns <= self._end_ns:
                    raise Unusable(self._mistimed(ts_ns))
                kinds[kind](events, ts_ns, rest)
                self.ts_ns = ts_ns
            except (ValueError, KeyError) as error:
                if line.strip() not in ("", HEADER):
                    events += self.defects.row(self.ts_ns, number, reason(error, line))
        self._line += len(lines)
        return events

    def _mistimed(self, ts_ns: int) -> str:
        if ts_ns < self.ts_ns:
            return f"expected time to go on, found it {(self.ts_ns - ts_ns) / NS_PER_S:.6f} s back"
        return (
            f"expected nothing after the end of the recording, found it {(ts_ns - self._end_ns) / NS_PER_S:.6f} s later"
        )

    def _add_quote(self, events: Chunk, ts_ns: int, rest: str) -> None:
        bid_text, bid_size, ask_text, ask_size = rest.split(",")
        bid, ask = self._prices[bid_text], self._prices[ask_text]
        if bid >= ask:
            raise Unusable(f"expected the bid below the ask, found {bid_text} and {ask_text}")
        events.append(Quote(self.instrument, ts_ns, bid, self._sizes[bid_size], ask, self._sizes[ask_size]))

    def _add_trade(self, events: Chunk, ts_ns: int, rest: str) -> None:
        price, size, aggressor, id_text = rest.split(",")
        if aggressor not in ("b", "s"):
            raise Unusable(f"expected b or s, found {aggressor[:40]!r}")
        trade_id = int(id_text)
        trade = Trade(self.instrument, ts_ns, self._prices[price], self._sizes[size], aggressor == "b", trade_id)
        if trade_id != self._trade_id + 1 and self._trade_id:
            self._add_gap(events, ts_ns, trade_id)
        self._trade_id = trade_id
        events.append(trade)

    def _add_gap(self, events: Chunk, ts_ns: int, trade_id: int) -> None:
        missing = trade_id - self._trade_id - 1
        if missing < 0:
            raise Unusable(f"expected a trade id above {self._trade_id}, found {trade_id}")
        detail = f"{missing:,} trades missing after trade {self._trade_id} ({self.defects.path.name})"
        events.append(self.defects.status(ts_ns, FeedState.GAP, detail))
        events.append(self.defects.status(ts_ns, FeedState.LIVE, "trades go on"))

    def _add_depth(self, events: Chunk, ts_ns: int, rest: str) -> None:
        bids_text, asks_text = rest.split(",")
        bids, asks = self._levels(bids_text), self._levels(asks_text)
        if any(above[0] <= below[0] for above, below in pairwise(bids)):
            raise Unusable("expected bids that fall, found others")
        if any(above[0] >= below[0] for above, below in pairwise(asks)):
            raise Unusable("expected asks that rise, found others")
        if bids and asks and bids[0][0] >= asks[0][0]:
            raise Unusable("expected the best bid below the best ask, found a crossed book")
        events.append(Depth(self.instrument, ts_ns, bids, asks, is_snapshot=True))

    def _levels(self, side: str) -> tuple[Level, ...]:
        prices, sizes = self._prices, self._sizes
        levels = [level.split(":") for level in side.split("|")] if side else []
        return tuple([(prices[price], sizes[size]) for price, size in levels])


def reason(error: Exception, line: str) -> str:
    """Why a row is unusable, for people."""
    if isinstance(error, Unusable | GridError):
        return str(error)
    return f"expected time, q, t or d, and its values, found {line[:40]!r}"
