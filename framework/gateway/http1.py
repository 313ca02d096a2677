"""HTTP/1.1 as the order road speaks it: a request as one piece of bytes, and a strict parser of answers.

The parser takes a status line, headers, and a body of a stated length or in chunks, and nothing else. Whatever differs
is odd, and who asked closes the connection: an answer that somebody else might read differently proves nothing. What
it finds does not depend on how the bytes are cut on their way (fuzzed).
Sources: RFC 9112 (framing), RFC 9110 section 5.6.2 (token).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple, NoReturn

from framework.gateway.outcome import Answered
from framework.model.errors import InvariantError

HEAD_BYTES_MAX: Final = 16_384
HEADERS_MAX: Final = 64
BODY_BYTES_MAX: Final = 1_048_576
CHUNK_LINE_BYTES_MAX: Final = 10
"""Eight hexadecimal digits and the end of the line."""

STATUS_LINE: Final = re.compile(rb"HTTP/1\.1 ([2-5][0-9]{2})(?: [\x20-\x7e\x80-\xff]*)?")
HEADER: Final = re.compile(
    rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*((?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)[ \t]*"
)
LENGTH: Final = re.compile(rb"[0-9]{1,10}")
CHUNK_SIZE: Final = re.compile(rb"[0-9A-Fa-f]{1,8}")
METHOD: Final = re.compile(r"[A-Z]{3,7}")
TARGET: Final = re.compile(r"/[\x21-\x7e]*")
FIELD_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
FIELD_VALUE: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
FIELDS: Final = re.compile(rf"(?:\r\n{FIELD_NAME.pattern}: {FIELD_VALUE.pattern})*")
"""The fields of a head as they go out; what fits them not is looked at part by part."""
NO_BODY: Final = 204

Fields = Sequence[tuple[str, str]]
"""Names and values of headers."""


class RequestHead:
    """What many requests have in common: method, target, and the headers that never differ. Shows nothing of itself.

    Args:
        target: path and query, already escaped; it goes out as it is, so that a signature over it stays true.

    Raises:
        InvariantError: something in it would end a line or a word early. The message names the part, not its content.
    """

    __slots__ = ("_has_body", "_text")

    def __init__(self, method: str, target: str, host: str, headers: Fields = ()) -> None:
        _hold(METHOD, method, "method")
        _hold(TARGET, target, "target")
        self._text = f"{method} {target} HTTP/1.1{_lines([('Host', host), *headers])}"
        self._has_body = method in ("POST", "PUT")

    def request(self, headers: Fields = (), body: bytes = b"") -> bytes:
        """A whole request, head and body together: it leaves in one write or not at all. Raises as the class."""
        head = self._text + _lines(headers)
        if body or self._has_body:
            head = f"{head}\r\nContent-Length: {len(body)}"
        return f"{head}\r\n\r\n".encode("ascii") + body


def request_bytes(method: str, target: str, host: str, headers: Fields = (), body: bytes = b"") -> bytes:
    """A request that has little in common with others. See `RequestHead`."""
    return RequestHead(method, target, host, headers).request((), body)


def _lines(fields: Fields) -> str:
    """Headers as they go out, each behind the end of the line before it."""
    lines = "".join([f"\r\n{name}: {value}" for name, value in fields])
    # A part that ends a line early gives a line more; all else that is odd does not fit.
    if FIELDS.fullmatch(lines) is None or lines.count("\n") != len(fields):
        _find_odd(fields)
    return lines


def _find_odd(fields: Fields) -> NoReturn:
    """Which part of a request does not fit."""
    for name, value in fields:
        _hold(FIELD_NAME, name, "name of a header")
        _hold(FIELD_VALUE, value, f"value of header {name}")
    raise InvariantError("http request: expected parts that fit their lines, found a head of other lines")


def _hold(pattern: re.Pattern[str], text: str, what: str) -> None:
    if pattern.fullmatch(text) is None:
        raise InvariantError(f"http request: expected visible ASCII as the {what}, found other characters; escape them")


class Odd(NamedTuple):
    """Bytes that are no answer as we take it. `what` names the fault and shows nothing of the bytes."""

    what: str


class _OddError(Exception):
    """Inside the parser only."""


class AnswerParser:
    """Reads one answer. Make a new one for the next.

    Args:
        body_bytes_max: more is odd.
    """

    __slots__ = ("_at", "_body", "_buffer", "_head", "_left", "body_bytes_max", "is_last", "surplus")

    def __init__(self, body_bytes_max: int = BODY_BYTES_MAX) -> None:
        self.body_bytes_max = body_bytes_max
        self.is_last = False
        """The venue closes the connection after this answer."""
        self.surplus = 0
        """Bytes beyond the answer that came with its end: nobody asked for them, so the connection is of no use."""
        self._buffer = bytearray()
        self._at = 0
        self._head: tuple[int, dict[str, str]] | None = None
        self._left: int | None = None
        """Body bytes to come; None: in chunks."""
        self._body = bytearray()

    def feed(self, data: bytes) -> Answered | Odd | None:
        """Take more bytes. None: more are to come. After an answer or an oddity it takes no more."""
        self._buffer += data
        try:
            if self._head is None and not self._read_head():
                return None
            is_whole = self._read_chunks() if self._left is None else self._read_body(self._left)
        except _OddError as odd:
            return Odd(str(odd))
        if not is_whole or self._head is None:
            return None
        self.surplus = len(self._buffer) - self._at
        status, headers = self._head
        return Answered(status, headers, bytes(self._body))

    def _read_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n", 0, HEAD_BYTES_MAX)
        if end < 0:
            if len(self._buffer) >= HEAD_BYTES_MAX:
                raise _OddError(f"head: expected at most {HEAD_BYTES_MAX} bytes, found more")
            return False
        first, *rest = bytes(self._buffer[:end]).split(b"\r\n")
        line = STATUS_LINE.fullmatch(first)
        if line is None:
            raise _OddError("status line: expected HTTP/1.1 and a status from 200 to 599, found something else")
        status, self._at = int(line[1]), end + 4
        headers = _headers(rest)
        self._left = self._framed(status, headers)
        self.is_last = "close" in headers.get("connection", "").lower()
        self._head = status, headers
        return True

    def _framed(self, status: int, headers: dict[str, str]) -> int | None:
        """How long the body is; None: it comes in chunks."""
        length, coding = headers.get("content-length"), headers.get("transfer-encoding")
        if headers.get("content-encoding", "identity") != "identity":
            raise _OddError("content-encoding: expected none, found one that we did not ask for")
        if coding is not None:
            if coding.lower() != "chunked" or length is not None or status == NO_BODY:
                raise _OddError("transfer-encoding: expected chunked, alone and with a body, found something else")
            return None
        if length is None:
            if status != NO_BODY:
                raise _OddError("framing: expected content-length or chunked, found neither")
            return 0
        if LENGTH.fullmatch(length.encode()) is None:
            raise _OddError("content-length: expected one number, found something else")
        if int(length) > (0 if status == NO_BODY else self.body_bytes_max):
            raise _OddError(f"body: expected at most {self.body_bytes_max} bytes (none with {NO_BODY}), found more")
        return int(length)

    def _read_body(self, length: int) -> bool:
        if len(self._buffer) - self._at < length:
            return False
        self._body += self._buffer[self._at : self._at + length]
        self._at += length
        return True

    def _read_chunks(self) -> bool:
        while True:
            end = self._buffer.find(b"\r\n", self._at, self._at + CHUNK_LINE_BYTES_MAX)
            if end < 0:
                if len(self._buffer) - self._at >= CHUNK_LINE_BYTES_MAX:
                    raise _OddError("chunk: expected a size and the end of the line, found something else")
                return False
            line = bytes(self._buffer[self._at : end])
            if CHUNK_SIZE.fullmatch(line) is None:
                raise _OddError("chunk: expected a size in hexadecimal digits alone, found something else")
            size, start = int(line, 16), end + 2
            if len(self._body) + size > self.body_bytes_max:
                raise _OddError(f"body: expected at most {self.body_bytes_max} bytes, found more")
            if len(self._buffer) < start + size + 2:
                return False
            if self._buffer[start + size : start + size + 2] != b"\r\n":
                raise _OddError("chunk: expected the end of the line after its bytes, found something else")
            self._body += self._buffer[start : start + size]
            self._at = start + size + 2
            if not size:
                return True


def _headers(lines: list[bytes]) -> dict[str, str]:
    if len(lines) > HEADERS_MAX:
        raise _OddError(f"headers: expected at most {HEADERS_MAX}, found {len(lines)}")
    headers: dict[str, str] = {}
    for line in lines:
        match = HEADER.fullmatch(line)
        if match is None:
            raise _OddError("header: expected a name, a colon and visible characters, found something else")
        name, value = match[1].decode("ascii").lower(), match[2].decode("latin-1")
        if name not in headers:
            headers[name] = value
        elif name in ("content-length", "transfer-encoding", "content-encoding"):
            raise _OddError(f"{name}: expected it once, found it again")
        else:
            headers[name] = f"{headers[name]}, {value}"
    return headers
