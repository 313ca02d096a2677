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


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"null", b'"text"', b'{"msg":"no code"}', b'{"code":null}', b"{"])
def test_anything_else_is_refused(body: bytes) -> None:
    with pytest.raises(OddAnswer, match="time"):
        read_envelope(body, "time")
