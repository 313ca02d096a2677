from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from framework.gateway.http1 import BODY_BYTES_MAX, HEAD_BYTES_MAX, AnswerParser, Odd, RequestHead, request_bytes
from framework.gateway.outcome import Answered
from framework.model.errors import InvariantError

PLAIN = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"id":"12"}'
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nWiki\r\n6\r\npedia \r\n0\r\n\r\n"
EMPTY = b"HTTP/1.1 204 No Content\r\n\r\n"
ANSWERS = {PLAIN: b'{"id":"12"}', CHUNKED: b"Wikipedia ", EMPTY: b""}


def fed(*pieces: bytes) -> Answered | Odd | None:
    """What comes of bytes that arrive in pieces."""
    parser = AnswerParser()
    for piece in pieces:
        found = parser.feed(piece)
        if found is not None:
            return found
    return None


def head(*lines: str) -> bytes:
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


@pytest.mark.parametrize(("data", "body"), ANSWERS.items())
def test_an_answer_is_read_however_it_is_cut_in_two_or_three(data: bytes, body: bytes) -> None:
    for first in range(len(data) + 1):
        for second in range(first, len(data) + 1):
            found = fed(data[:first], data[first:second], data[second:])
            assert isinstance(found, Answered), (first, second)
            assert found.body == body


@pytest.mark.fault("N5")
@pytest.mark.parametrize("data", ANSWERS)
def test_no_part_of_an_answer_is_taken_for_an_answer(data: bytes) -> None:
    assert [fed(data[:length]) for length in range(len(data))] == [None] * len(data)


@pytest.mark.parametrize("data", ANSWERS)
def test_an_answer_is_read_byte_by_byte(data: bytes) -> None:
    assert isinstance(fed(*[data[at : at + 1] for at in range(len(data))]), Answered)


def test_names_are_small_and_what_came_twice_is_joined() -> None:
    found = fed(head("HTTP/1.1 429 Slow", "X-Used:  3 ", "x-used: 4", "Content-Length: 0"))
    assert isinstance(found, Answered)
    assert (found.status, found.headers) == (429, {"x-used": "3, 4", "content-length": "0"})


def test_the_venue_says_that_it_closes() -> None:
    parser = AnswerParser()
    assert isinstance(parser.feed(head("HTTP/1.1 200 OK", "Connection: Close", "Content-Length: 0")), Answered)
    assert parser.is_last


def test_bytes_beyond_an_answer_are_counted() -> None:
    parser = AnswerParser()
    assert isinstance(parser.feed(PLAIN + b"HTTP/1.1"), Answered)
    assert parser.surplus == len(b"HTTP/1.1")


NO_LENGTH = "Content-Length: 0"
ODD = {
    "old version": head("HTTP/1.0 200 OK", NO_LENGTH),
    "new version": head("HTTP/2 200 OK", NO_LENGTH),
    "interim answer": head("HTTP/1.1 100 Continue"),
    "no status": head("HTTP/1.1 OK", NO_LENGTH),
    "long status": head("HTTP/1.1 2000 OK", NO_LENGTH),
    "status with a letter": head("HTTP/1.1 20A OK", NO_LENGTH),
    "status stuck to its words": head("HTTP/1.1 200OK", NO_LENGTH),
    "status 600": head("HTTP/1.1 600 OK", NO_LENGTH),
    "blank first": b"\r\n" + PLAIN,
    "garbage": b"\x16\x03\x01\x02\x00\r\n\r\n",
    "neither length nor chunks": head("HTTP/1.1 200 OK"),
    "length and chunks": head("HTTP/1.1 200 OK", NO_LENGTH, "Transfer-Encoding: chunked"),
    "two lengths": head("HTTP/1.1 200 OK", NO_LENGTH, NO_LENGTH),
    "lengths in one": head("HTTP/1.1 200 OK", "Content-Length: 1, 1"),
    "signed length": head("HTTP/1.1 200 OK", "Content-Length: +1"),
    "negative length": head("HTTP/1.1 200 OK", "Content-Length: -1"),
    "length with a foreign digit": head("HTTP/1.1 200 OK", "Content-Length: \xb2"),
    "empty length": head("HTTP/1.1 200 OK", "Content-Length: "),
    "too long a body": head("HTTP/1.1 200 OK", f"Content-Length: {BODY_BYTES_MAX + 1}"),
    "204 with a body": head("HTTP/1.1 204 No", "Content-Length: 1"),
    "204 in chunks": head("HTTP/1.1 204 No", "Transfer-Encoding: chunked"),
    "another coding": head("HTTP/1.1 200 OK", "Transfer-Encoding: gzip, chunked"),
    "packed": head("HTTP/1.1 200 OK", "Content-Encoding: gzip", NO_LENGTH),
    "no colon": head("HTTP/1.1 200 OK", "Content-Length 0"),
    "space before the colon": head("HTTP/1.1 200 OK", "Content-Length : 0"),
    "folded header": head("HTTP/1.1 200 OK", "X-A: 1", " 2", NO_LENGTH),
    "bare line feeds": PLAIN.replace(b"\r\n", b"\n", 2),
    "bare return": head("HTTP/1.1 200 OK", "X-A: 1\r2", NO_LENGTH),
    "a zero byte": head("HTTP/1.1 200 OK", "X-A: 1\x002", NO_LENGTH),
    "too many headers": head("HTTP/1.1 200 OK", *["X-A: 1"] * 65, NO_LENGTH),
    "endless head": b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * HEAD_BYTES_MAX,
    "chunk extension": CHUNKED.replace(b"4\r\n", b"4;a=b\r\n"),
    "chunk size not hexadecimal": CHUNKED.replace(b"\r\n4\r\n", b"\r\n0x4\r\n"),
    "chunk size with a sign": CHUNKED.replace(b"\r\n4\r\n", b"\r\n+4\r\n"),
    "chunk size missing": CHUNKED.replace(b"\r\n4\r\n", b"\r\n\r\n"),
    "chunk longer than said": CHUNKED.replace(b"Wiki", b"Wikis"),
    "chunk line too long": CHUNKED.replace(b"\r\n4\r\n", b"\r\n00000000004\r\n"),
    "chunk too large": CHUNKED.replace(b"\r\n4\r\n", b"\r\nffffffff\r\n"),
    "trailers": CHUNKED.replace(b"0\r\n\r\n", b"0\r\nX-A: 1\r\n\r\n"),
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_no_plain_answer_is_odd_however_it_is_cut(name: str) -> None:
    data = ODD[name]
    assert isinstance(fed(data), Odd)
    assert isinstance(fed(*[data[at : at + 1] for at in range(len(data))]), Odd)


def test_what_is_odd_shows_nothing_of_the_bytes() -> None:
    for data in ODD.values():
        found = fed(data)
        assert isinstance(found, Odd)
        assert "X-A" not in found.what


BROKEN = st.builds(
    lambda data, at, byte: data[: at % len(data)] + bytes([byte]) + data[at % len(data) + 1 :],
    st.sampled_from([PLAIN, CHUNKED, EMPTY]),
    st.integers(0, 200),
    st.integers(0, 255),
)


@given(st.one_of(st.binary(max_size=80), BROKEN), st.lists(st.integers(0, 80), max_size=6))
@example(CHUNKED.replace(b"\r\n4\r\n", b"\r\n00000000004\r\n"), [50])
@example(PLAIN + b"surplus", [len(PLAIN)])
def test_what_is_found_does_not_depend_on_how_bytes_are_cut(data: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[start:end] for start, end in pairwise(edges)]
    assert fed(*pieces) == fed(data)


@given(st.binary(max_size=300), st.lists(st.integers(1, 50), min_size=1, max_size=20))
def test_a_body_arrives_as_it_was_sent_in_chunks_of_any_size(body: bytes, sizes: list[int]) -> None:
    sent, at = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 0
    for size in sizes:
        piece = body[at : at + size]
        if piece:
            sent += b"%x\r\n%s\r\n" % (len(piece), piece)
        at += size
    found = fed(sent + b"0\r\n\r\n")
    assert isinstance(found, Answered)
    assert found.body == body[: sum(sizes)]


def test_a_request_is_one_piece_with_its_length() -> None:
    assert request_bytes("POST", "/orders?a=b", "localhost:8080", [("X-Key", "k")], b"{}") == (
        b"POST /orders?a=b HTTP/1.1\r\nHost: localhost:8080\r\nX-Key: k\r\nContent-Length: 2\r\n\r\n{}"
    )
    assert request_bytes("GET", "/time", "localhost") == b"GET /time HTTP/1.1\r\nHost: localhost\r\n\r\n"
    assert b"Content-Length: 0" in request_bytes("POST", "/time", "localhost")


@pytest.mark.parametrize(
    ("method", "target", "host", "header"),
    [
        ("GET /x", "/", "localhost", ("a", "b")),
        ("GET", "/a b", "localhost", ("a", "b")),
        ("GET", "/\r\nX: y", "localhost", ("a", "b")),
        ("GET", "http://elsewhere/", "localhost", ("a", "b")),
        ("GET", "/", "local\nhost", ("a", "b")),
        ("GET", "/", "localhost", ("a:", "b")),
        ("GET", "/", "localhost", ("a", "canary\r\nX: y")),
        ("GET", "/", "localhost", ("a", "canary\nX: y")),
        ("GET", "/", "localhost\r\nX: y", ("a", "b")),
        ("GET / HTTP/1.1\r\nHost: x\r\nX:", "/", "localhost", ("a", "b")),
        ("GET", "/", "localhost", ("a: b\r\nX", "y")),
        ("GET", "/", "localhost", ("a", "")),
        ("GET", "/", "localhost", ("a", "canary\xe9")),
    ],
)
def test_nothing_slips_into_a_request(method: str, target: str, host: str, header: tuple[str, str]) -> None:
    with pytest.raises(InvariantError) as caught:
        request_bytes(method, target, host, [header])
    assert "canary" not in str(caught.value)
    with pytest.raises(InvariantError) as caught:
        RequestHead(method, target, host).request([header])
    assert "canary" not in str(caught.value)


def test_a_head_is_the_same_before_every_request() -> None:
    head = RequestHead("POST", "/orders", "localhost", [("X-Key", "k")])
    bodies = (b"{}", b"")
    assert [head.request([("X-Time", "1")], body) for body in bodies] == [
        request_bytes("POST", "/orders", "localhost", [("X-Key", "k"), ("X-Time", "1")], body) for body in bodies
    ]
