"""Questions and replies: what a reply proves of the venue's time."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from framework.model.questions import Ask, Question, Reply, SeenBalance


def test_a_reply_tells_the_latest_moment_that_it_cannot_be_older_than() -> None:
    asked = Question(1, "bitget", "main", Ask.ORDER, "o1", floor_ns=50)
    assert Reply(asked, 100).looked_ns == 50
    assert Reply(asked, 100, ts_venue_ns=90).looked_ns == 90
    assert Reply(asked, 100, ts_venue_ns=40).looked_ns == 50


def test_a_balance_is_what_is_free_and_what_is_locked() -> None:
    assert SeenBalance("USDT", Decimal("1.5"), Decimal("0.5")).total == 2


def test_a_reply_survives_the_journal() -> None:
    reply = Reply(
        Question(1, "bitget", "main", Ask.BALANCES), 9, balances=(SeenBalance("USDT", Decimal(1), Decimal(0)),)
    )
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(reply), type=Reply) == reply
