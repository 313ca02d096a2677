"""The envelope around every answer: a code, which alone decides, a message for people, the server's clock, and data."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from framework.venues.bitget.rows import Row, decoded

SUCCESS: Final = "00000"


class Envelope(Struct, frozen=True):
    """An answer as it was wrapped."""

    code: str
    message: str
    """For people. It can be Chinese whatever language was asked for, and hold placeholders: nothing is decided on it."""
    ts_venue_ns: int
    """The server's clock, UTC; 0: it did not say."""
    data: object

    @property
    def is_success(self) -> bool:
        """The request was carried out; of a batch that says nothing of its entries."""
        return self.code == SUCCESS


def read_envelope(body: bytes, what: str) -> Envelope:
    """Open an answer.

    Args:
        what: the request, as messages name it.

    Raises:
        OddAnswer: it is none: a proxy's page, half of one, another shape.
    """
    row = Row(decoded(body, what), what)
    # Some samples of the documentation spell `message`. A 429 may come without time and data.
    return Envelope(row.text("code"), row.first("msg", "message"), row.ts_ns("requestTime"), row.value("data"))
