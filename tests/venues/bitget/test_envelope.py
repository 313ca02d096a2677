from __future__ import annotations

import pytest

from framework.model.errors import OddAnswer
from framework.venues.bitget.envelope import read_envelope


def test_an_answer_is_opened() -> None:
    found = read_envelope(b'{"code":"00000","msg":"success","requestTime":1695808949356,"data":[]}', "time")
    assert (found.is_success, found.message, found.ts_venue_ns, found.data) == (
        True, "success", 1_695_808_949_356_000_000, [],
    )  # fmt: skip


def test_message_is_read_where_msg_was_promised() -> None:
    assert read_envelope(b'{"code":"00000","message":"success","data":null}', "time").message == "success"


def test_a_429_may_come_short() -> None:
    found = read_envelope(b'{"code":"429","msg":"Too Many Requests"}', "time")
    assert (found.code, found.ts_venue_ns, found.data) == ("429", 0, None)


def test_a_code_may_come_as_a_number() -> None:
    assert read_envelope(b'{"code":40014,"msg":"x"}', "time").code == "40014"


@pytest.mark.fault("N22")
@pytest.mark.parametrize("data", ["[" * 100_000, "NaN", "-Infinity", '{"price":"1","price":"2"}', '0,"code":"1"'])
def test_what_is_nested_without_end_or_says_a_thing_twice_is_refused(data: str) -> None:
    with pytest.raises(OddAnswer, match="time: expected JSON"):
        read_envelope(b'{"code":"00000","msg":"success","data":%s}' % data.encode(), "time")


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"null", b'"text"', b'{"msg":"no code"}', b'{"code":null}', b"{"])
def test_anything_else_is_refused(body: bytes) -> None:
    with pytest.raises(OddAnswer, match="time"):
        read_envelope(body, "time")
