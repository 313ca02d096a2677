"""Text that no file can hold."""

from __future__ import annotations

from framework.model.storable import storable, storable_within


def test_what_utf8_cannot_write_is_written_out() -> None:
    assert storable("gepr\udcfcft") == "gepr\\udcfcft"
    assert storable("geprüft 🚀") == "geprüft 🚀"


def test_texts_are_found_wherever_they_stand() -> None:
    assert storable_within({"\ud800": ["a\udcff", 1, None, {"b": "\udcff"}]}) == {
        "\\ud800": ["a\\udcff", 1, None, {"b": "\\udcff"}]
    }
