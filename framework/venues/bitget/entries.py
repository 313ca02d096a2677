"""What an answer says of each order of its request. The top code of a batch is success even when every entry failed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from framework.model.errors import OddAnswer
from framework.venues.bitget.rows import Row, rows_of
from framework.venues.bitget.seen import Entry

FAILED = "failed"
"""The code of a failed entry that names none: older samples leave it out."""


def read_entries(found: object, what: str) -> tuple[Entry, ...]:
    """Every entry of an answer's `data`: of one order, of two lists (V2), or of a flat list (V3, cancel-replace).

    Raises:
        OddAnswer: it is no such answer, or an entry names no order at all.
    """
    if isinstance(found, list):
        return tuple(_flat(row) for row in rows_of(found, what))
    row = Row(found, what)
    if "successList" in row.names() or "failureList" in row.names():
        return tuple(_of_lists(row))
    if "list" in row.names():
        return tuple(_flat(one) for one in row.rows("list"))
    return (_flat(row),)


def _of_lists(row: Row) -> Iterator[Entry]:
    for taken in row.rows("successList"):
        yield _named(taken, "", "")
    for failed in row.rows("failureList"):
        yield _named(failed, failed.first("errorCode") or FAILED, failed.first("errorMsg"))


def _flat(row: Row) -> Entry:
    if row.has("success"):  # cancel-replace
        is_done = row.text("success").lower() == "success"
        return _named(row, "" if is_done else row.first("errorCode", "code") or FAILED, row.first("msg"))
    code = row.first("code")
    return _named(row, "" if code in ("", "0", "00000") else code, row.first("msg"))


def _named(row: Row, code: str, message: str) -> Entry:
    entry = Entry(row.first("clientOid", "clientOId"), row.first("orderId"), code, message)
    if not entry.client_order_id and not entry.venue_order_id:
        raise OddAnswer(f"{row.where}: expected clientOid or orderId, found neither")
    return entry


class Entries:
    """The entries of an answer, by the names of their orders. Their order is not promised.

    An order that is named twice proves nothing: no entry is given for it.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._by_our_id = _named_once((entry.client_order_id, entry) for entry in entries)
        self._by_venue_id = _named_once((entry.venue_order_id, entry) for entry in entries)

    def of(self, client_order_id: str, venue_order_id: str) -> Entry | None:
        """The one entry of an order, by our id, else by the venue's. None: there is none, or there are several."""
        if client_order_id in self._by_our_id:
            return self._by_our_id[client_order_id]
        return self._by_venue_id.get(venue_order_id)


def _named_once(named: Iterable[tuple[str, Entry]]) -> dict[str, Entry | None]:
    """Name -> the entry that it names; None: there are several. Who has no name is left out."""
    found: dict[str, Entry | None] = {}
    for name, entry in named:
        if name:
            found[name] = None if name in found else entry
    return found
