from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from copy import deepcopy
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framework.model.errors import GridError
from framework.model.events import Depth
from framework.model.instrument import Instrument
from framework.venues.bitget.public.book import Grid
from framework.venues.bitget.public.channels import Generation
from framework.venues.bitget.public.stream import PublicCodec
from framework.venues.streams import Channel, Events, Lost, Topic, Unreadable
from tests.venues.bitget.public.samples import BOOK, RECORDED, book, crc, push_v3

NOW = 1_700_000_000_000_000_000
BIDS = [("100.00", "1.5"), ("99.90", "2.000"), ("9.00", "1")]
ASKS = [("100.10", "0.5000"), ("101.00", "3")]
LEVEL = re.compile(rb'\["([0-9.]+)","([0-9.]+)"\]')


def codec(*channels: Channel, generation: Generation = Generation.V2) -> PublicCodec:
    return PublicCodec(channels or (BOOK,), generation)


def test_a_book_is_followed_by_checksum() -> None:
    one = codec()
    said = one.hear(book(BIDS, ASKS, crc(BIDS, ASKS)), NOW)
    assert isinstance(said, Events)
    (snapshot,) = said.events
    assert isinstance(snapshot, Depth)
    assert snapshot.is_snapshot
    assert snapshot.bids[0] == (10_000, 1_500_000)
    changed = [("100.00", "1.5"), ("9.00", "1"), ("99.95", "7")]
    frame = book([("99.90", "0.0000"), ("99.95", "7"), ("55.00", "0")], [], crc(changed, ASKS), action="update")
    said = one.hear(frame, NOW)
    assert isinstance(said, Events)
    held = one.book(BOOK, NOW)
    assert held is not None
    assert held.bids == ((10_000, 1_500_000), (9_995, 7_000_000), (900, 1_000_000))


def test_a_wrong_checksum_throws_the_book_away_until_the_next_snapshot() -> None:
    one = codec()
    one.hear(book(BIDS, ASKS, crc(BIDS, ASKS)), NOW)
    said = one.hear(book([("99.95", "7")], [], 12345, action="update"), NOW)
    assert isinstance(said, Lost)
    assert "expected checksum 12345, found" in said.reason
    assert one.book(BOOK, NOW) is None
    assert one.hear(book([("99.95", "7")], [], 1, action="update"), NOW) == Events(BOOK, ())
    assert isinstance(one.hear(book(BIDS, ASKS, crc(BIDS, ASKS)), NOW), Events)
    assert one.book(BOOK, NOW) is not None


def test_a_snapshot_in_the_middle_replaces_the_book() -> None:
    one = codec()
    one.hear(book(BIDS, ASKS), NOW)
    one.hear(book([("50.00", "1")], [("51.00", "1")]), NOW)
    held = one.book(BOOK, NOW)
    assert held is not None
    assert (held.bids, held.asks) == (((5_000, 1_000_000),), ((5_100, 1_000_000),))


@pytest.mark.parametrize(
    ("seq", "pseq", "is_lost"), [(11, 10, False), (15, 10, False), (12, 11, True), (10, 10, True), (9, 10, True)]
)
def test_a_book_is_followed_by_sequence_number(seq: int, pseq: int, is_lost: bool) -> None:
    one = codec(generation=Generation.V3)
    row = {"b": [["99.90", "2"]], "a": [["100.10", "1"]], "checksum": 0, "seq": 10, "pseq": 0, "ts": "7"}
    one.hear(push_v3("books", [row], action="snapshot"), NOW)
    row = {"b": [["99.80", "2"]], "a": [], "checksum": 1153969492, "seq": seq, "pseq": pseq, "ts": "8"}
    assert isinstance(one.hear(push_v3("books", [row]), NOW), Lost) is is_lost


LEVELS = st.dictionaries(
    st.decimals("0.01", "500", places=2).map(str), st.sampled_from(["1", "0.50", "2.000", "12"]), max_size=60
)


@given(LEVELS, LEVELS, st.lists(st.tuples(LEVELS, LEVELS), max_size=4))
@settings(max_examples=60, deadline=None)
def test_the_checksum_is_that_of_the_documents_words(
    bids: dict[str, str], asks: dict[str, str], changes: list[tuple[dict[str, str], dict[str, str]]]
) -> None:
    one = codec()
    assert isinstance(
        one.hear(book([*bids.items()], [*asks.items()], crc([*bids.items()], [*asks.items()])), NOW), Events
    )
    for more_bids, more_asks in changes:
        gone = next(iter(bids), "7.77")
        bids = {price: size for price, size in {**bids, **more_bids}.items() if price != gone}
        asks = {**asks, **more_asks}
        frame = book(
            [*more_bids.items(), (gone, "0.0")],
            [*more_asks.items()],
            crc([*bids.items()], [*asks.items()]),
            action="update",
        )
        assert isinstance(one.hear(frame, NOW), Events)


ODD = (
    "",
    ".",
    "1.",
    ".50",
    "1.5",
    "1.500",
    "0",
    "-0.00",
    "-1.50",
    "+1.50",
    "1.-5",
    "1._5",
    "1_0.50",
    " 1.50",
    "1.2.50",
    "1e2",
)


@given(st.one_of(st.sampled_from(ODD), st.text("0123456789.-+_e \u0661", max_size=24)), st.sampled_from((0, 2, 8)))
@settings(deadline=None)
def test_a_text_is_read_as_every_number_of_a_market_is(text: str, digits: int) -> None:
    there = Instrument("BTC/USDT", "bitget", price_digits=digits, size_digits=0)

    def read(by: Callable[[str], int]) -> int | None:
        try:
            return by(text)
        except GridError:
            return None

    assert read(Grid(there).prices.__getitem__) == read(there.data_price)


def test_the_documents_example_strings_have_the_stated_checksums() -> None:
    one = codec(BOOK)
    bids, asks = [("43231.1", "4"), ("43231", "6")], [("43232.8", "9"), ("43232.9", "8")]
    assert isinstance(one.hear(book(bids, asks, -1504501796), NOW), Events)
    bids, asks = [("3366.1", "7")], [("3366.8", "9"), ("3368", "8"), ("3372", "8")]
    assert isinstance(one.hear(book(bids, asks, 831078360), NOW), Events)


def recorded() -> list[tuple[int, bytes]]:
    """The recording of 31 seconds of the first generation; its books channel is that of V2 but for one word."""
    file = RECORDED / "cryptofeed-v1" / "BITGET.ws.1.0.gz"
    if not file.is_file():
        pytest.skip(f"no recorded traffic beside the tree: expected {file.name} in the shared collection")
    lines = gzip.decompress(file.read_bytes()).decode().splitlines()
    frames = [line.split(": ", 1) for line in lines if line[:1].isdigit()]
    return [
        (int(float(ts) * 1e9), text.replace('"instType":"sp"', '"instType":"SPOT"').encode()) for ts, text in frames
    ]


def pairs(frames: list[tuple[int, bytes]]) -> list[Channel]:
    names = sorted({json.loads(frame)["arg"]["instId"] for _, frame in frames})
    return [Channel(Topic.BOOK, Instrument(f"{name[:-4]}/USDT", "bitget", 10, 8)) for name in names]


def test_every_recorded_book_message_verifies() -> None:
    frames = recorded()
    one = codec(*pairs(frames))
    books = [one.hear(frame, ts) for ts, frame in frames if b'"books"' in frame and b'"data"' in frame]
    assert len(books) == 443
    assert all(isinstance(said, Events) for said in books)
    assert sum(route.book.checked for route in one._routes.values() if route.book) == 443


def test_one_corrupted_digit_of_a_recorded_book_is_noticed_where_the_checksum_reaches() -> None:
    """It goes over the best levels alone: a wrong digit that changes none of them cannot be seen."""
    frames = [(ts, frame) for ts, frame in recorded() if b'"books"' in frame and b'"data"' in frame]
    whole = codec(*pairs(recorded()))
    chance, seen = Random(1), 0
    for number, (ts, frame) in enumerate(frames):
        before = deepcopy(whole) if number % 4 == 0 else None
        said = whole.hear(frame, ts)
        assert isinstance(said, Events)
        if before is None:
            continue
        wrong = corrupted(frame, chance)
        answer = before.hear(wrong, ts)
        if tops(before) != tops(whole):
            seen += 1
            assert isinstance(answer, Lost | Unreadable), wrong
    assert seen > 30


def corrupted(frame: bytes, chance: Random) -> bytes:
    """The frame with another digit in a price or size."""
    level = chance.choice(list(LEVEL.finditer(frame)))
    at = chance.choice([at for at in range(*level.span(chance.choice((1, 2)))) if frame[at : at + 1].isdigit()])
    return frame[:at] + (b"2" if frame[at : at + 1] == b"1" else b"1") + frame[at + 1 :]


def tops(one: PublicCodec) -> list[list[str]]:
    books = [route.book for route in one._routes.values() if route.book]
    return [side.top(25) for book in books for side in (book._bids, book._asks)]
