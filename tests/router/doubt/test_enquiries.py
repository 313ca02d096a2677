"""Questions: paced, watched, silent during a ban."""

from __future__ import annotations

import pytest

from framework.kernel.clock import ManualClock
from framework.kernel.records import QuestionAsked, Record, ReplyTaken
from framework.kernel.tape_loop import TapeLoop
from framework.model.questions import TIMED_OUT, Ask, Question, Reply
from framework.router.doubt.enquiries import NO_PORT, REPLY_NS, SPACING_NS, Enquiries
from tests.wired import NOON, SECOND


class Asked:
    """A venue that is asked, and a desk that asks."""

    def __init__(self, *venues: str) -> None:
        self.clock = ManualClock(NOON)
        self.loop = TapeLoop(self.clock, {}, [], lambda: None)
        self.records: list[Record] = []
        self.questions: list[tuple[int, Question]] = []
        self.replies: list[Reply] = []
        self.banned_until_ns = 0
        self.enquiries = Enquiries(
            dict.fromkeys(venues, self), {"bitget": "main"}, self.clock, self.loop, self, lambda _: self.banned_until_ns
        )

    def write(self, record: Record) -> None:
        self.records.append(record)

    def ask(self, question: Question) -> None:
        self.questions.append((self.clock.now_ns, question))

    def put(self, count: int = 1) -> None:
        for _ in range(count):
            self.enquiries.ask("bitget", Ask.TIME, self.replies.append)

    def wait(self, span_ns: int) -> None:
        until_ns = self.clock.now_ns + span_ns
        for _ in self.loop.drain(until_ns):
            pass
        self.clock.now_ns = until_ns


def test_questions_leave_one_after_the_other() -> None:
    made = Asked("bitget")
    made.put(3)
    made.wait(SECOND)
    assert [ts_ns for ts_ns, _ in made.questions] == [NOON, NOON + SPACING_NS, NOON + 2 * SPACING_NS]
    assert [question.asked_ns for _, question in made.questions] == [ts_ns for ts_ns, _ in made.questions]


def test_a_reply_reaches_who_asked_once_and_is_journaled() -> None:
    made = Asked("bitget")
    made.put()
    made.wait(SECOND)
    reply = Reply(made.questions[0][1], made.clock.now_ns)
    made.enquiries.replied(reply)
    made.enquiries.replied(reply)
    made.wait(60 * SECOND)
    assert made.replies == [reply]
    assert [type(record) for record in made.records] == [QuestionAsked, ReplyTaken]


def test_silence_is_a_failure_and_a_later_reply_is_dropped() -> None:
    made = Asked("bitget")
    made.put()
    made.wait(REPLY_NS)
    assert [reply.failure for reply in made.replies] == [TIMED_OUT]
    made.enquiries.replied(Reply(made.questions[0][1], made.clock.now_ns))
    assert len(made.replies) == 1


def test_where_nobody_can_be_asked_the_failure_says_so() -> None:
    made = Asked()
    made.put()
    assert made.replies == []  # in a later turn
    made.wait(1)
    assert [reply.failure for reply in made.replies] == [NO_PORT]


@pytest.mark.fault("E2")
def test_nothing_is_asked_during_a_ban() -> None:
    made = Asked("bitget")
    made.banned_until_ns = NOON + 60 * SECOND
    made.put(2)
    made.wait(59 * SECOND)
    assert made.questions == []
    made.banned_until_ns += 30 * SECOND  # and it is made longer
    made.wait(30 * SECOND)
    assert made.questions == []
    made.wait(2 * SECOND)
    assert len(made.questions) == 2


def test_later_questions_know_the_venues_clock() -> None:
    made = Asked("bitget")
    made.put()
    made.wait(SECOND)
    made.enquiries.replied(Reply(made.questions[0][1], made.clock.now_ns, ts_venue_ns=NOON + 7 * SECOND))
    made.put()
    made.wait(1)
    assert made.questions[-1][1].floor_ns == NOON + 7 * SECOND
    assert made.enquiries.ahead_ns("bitget") == 7 * SECOND
