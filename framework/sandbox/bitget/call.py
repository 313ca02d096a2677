"""One request that passed the door, as endpoints read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from framework.sandbox.bitget.keys import Key
from framework.sandbox.bitget.listings import ListedProduct, Listing, listed, product_of
from framework.sandbox.bitget.member import Member
from framework.sandbox.bitget.order_entry import BitgetOrderEntry
from framework.sandbox.bitget.refused import BitgetRefusal, missing, wrong
from framework.sandbox.bitget.venue import BitgetVenue


@dataclass(slots=True)
class Call:
    """A request. `params` are those of the query or of the JSON body; `entries` is a body that is a bare list."""

    venue: BitgetVenue
    params: Mapping[str, Any]
    entries: list[Any]
    now_ms: int
    key: Key | None = None
    is_unified: bool = False

    @property
    def member(self) -> Member:
        """Who asks; only private endpoints may ask this."""
        assert self.key is not None
        return self.venue.members[self.key.uid]

    @property
    def order_entry(self) -> BitgetOrderEntry:
        """Where orders of who asks go."""
        assert self.key is not None
        return self.venue.order_entries[self.key.uid]

    def within(self, params: Any) -> Call:
        """The same call, about one entry of a batch.

        Raises:
            BitgetRefusal: the entry is no object.
        """
        if not isinstance(params, dict):
            raise wrong("orderList", is_unified=self.is_unified)
        return Call(self.venue, params, [], self.now_ms, self.key, self.is_unified)

    def text(self, name: str, default: str = "") -> str:
        """A parameter as text; numbers are taken too."""
        value = self.params.get(name)
        if value is None or value == "":
            return default
        if isinstance(value, dict | list):
            raise wrong(name, is_unified=self.is_unified)
        return str(value)

    def needed(self, name: str) -> str:
        """A parameter that must be there. Raises `BitgetRefusal`."""
        found = self.text(name)
        if not found:
            raise missing(name, is_unified=self.is_unified)
        return found

    def choice(self, name: str, *allowed: str, default: str = "") -> str:
        """A parameter with known values, in small letters. Raises `BitgetRefusal`."""
        found = (self.text(name, default) if default else self.needed(name)).lower()
        if found not in allowed:
            raise wrong(name, is_unified=self.is_unified)
        return found

    def number(self, name: str, default: int, most: int = 2**63) -> int:
        """A whole number, at most `most`. Raises `BitgetRefusal`."""
        text = self.text(name, str(default))
        if not (text.isascii() and text.isdecimal()):
            raise wrong(name, is_unified=self.is_unified)
        return min(int(text), most)

    def listing(self, product: ListedProduct, name: str = "symbol") -> Listing:
        """The pair that it is about. Raises `BitgetRefusal`."""
        return listed(product, self.needed(name).upper(), is_unified=self.is_unified)

    def product(self, name: str) -> ListedProduct | None:
        """What `productType` or `category` names; None for products without pairs here. Raises `BitgetRefusal`."""
        return product_of(self.needed(name))

    def list_of(self, name: str, most: int) -> list[Any]:
        """A list in the body. Raises `BitgetRefusal`: none, empty or too long."""
        found = self.params.get(name)
        if not isinstance(found, list) or not found:
            raise missing(name, is_unified=self.is_unified)
        if len(found) > most:
            raise BitgetRefusal("40306", f"Batch processing orders can only process up to {most}")
        return found
