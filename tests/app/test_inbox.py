"""Jobs for the drive's thread: done in order, given up, or left when the run is over."""

from __future__ import annotations

import threading

import pytest

from framework.app.inbox import Inbox


def served(inbox: Inbox) -> threading.Thread:
    """A drive that serves until the inbox is closed."""

    def drive() -> None:
        while not inbox._is_closed:
            inbox.sleep(1)
            inbox.serve()

    thread = threading.Thread(target=drive, daemon=True)
    thread.start()
    return thread


def test_a_job_is_done_in_the_drives_thread_and_wakes_it() -> None:
    inbox = Inbox()
    thread = served(inbox)
    assert inbox.ask(threading.get_ident, 10) == thread.ident
    inbox.close()


def test_it_rings_until_all_is_served() -> None:
    inbox, done = Inbox(), []
    for number in (1, 2, 3):
        inbox.ask(lambda number=number: done.append(number), 0, keeps=True)  # type: ignore[misc]
    assert inbox.rings and not done
    inbox.serve()
    assert (done, inbox.rings) == ([1, 2, 3], False)


def test_what_nobody_waits_for_is_not_begun_unless_it_must_be() -> None:
    inbox, done = Inbox(), []
    assert inbox.ask(lambda: done.append("status"), 0) is None
    assert inbox.ask(lambda: done.append("kill"), 0, keeps=True) is None
    inbox.serve()
    assert done == ["kill"]


def test_whoever_asks_acts_when_the_drive_is_late() -> None:
    inbox, closed = Inbox(), []
    inbox.ask(lambda: None, 0, late=lambda: closed.append("gate"), late_s=0.0)
    assert closed == ["gate"]


def test_a_job_that_raises_ends_the_drive_and_lets_go_of_the_asker() -> None:
    inbox = Inbox()

    def fail() -> None:
        raise OSError("disk full")

    inbox.ask(fail, 0, keeps=True)
    with pytest.raises(OSError, match="disk full"):
        inbox.serve()


def test_a_closed_inbox_answers_nobody_and_holds_up_nobody() -> None:
    inbox, answers = Inbox(), []
    asking = threading.Thread(target=lambda: answers.append(inbox.ask(lambda: 1, 10)))
    asking.start()
    while not inbox.rings:
        pass
    inbox.close()
    asking.join()
    assert answers == [None]
    assert inbox.ask(lambda: 1, 10) is None


def test_what_comes_to_be_played_ends_the_sleep_once() -> None:
    inbox = Inbox()
    inbox.wake()
    inbox.sleep(60)
    assert not inbox._bell.is_set()
    assert not inbox.rings
