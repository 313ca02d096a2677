"""What a venue's answer says of a request as a whole, apart from its orders: how the venue counts, and when to be silent."""

from __future__ import annotations

from msgspec import Struct


class RequestAnswer(Struct, frozen=True, omit_defaults=True):
    """An answer to one of our requests. It comes before the reports of the request's orders."""

    request_id: int
    venue: str
    used: dict[str, int] = {}
    """Bucket -> units in use, as the venue counts; only what it told."""
    left: int | None = None
    """Units left in the bucket of the request's own endpoint, where it told them."""
    is_limited: bool = False
    """Refused for a rate limit (429)."""
    retry_after_ns: int = 0
    """How long to wait after that; 0: it did not say."""
    banned_until_ns: int = 0
    """Everything is refused until then (418); UTC, 0: no ban."""
    more_requests: int = 0
    """It went as so many requests more than the one that was planned: the venue takes some of its orders back apart."""
