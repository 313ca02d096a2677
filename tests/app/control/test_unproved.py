"""Kept kills stand until the latch holds their trips, whichever thread tells of them, and when."""

from __future__ import annotations

import threading
from pathlib import Path

from framework.app.control.unproved import Unproved
from framework.kernel.kill_requests import KillRequest, KillRequests

REQUEST = KillRequest("global", "odd", "ann")


def test_one_that_is_applied_while_another_is_removed_stays_until_its_own_trip_is_down(tmp_path: Path) -> None:
    requests = KillRequests(tmp_path)
    early, late = requests.keep(REQUEST), requests.keep(REQUEST)
    faults = [""]

    def fault() -> str:
        if len(faults) == 1:  # the latch held all; another thread kills right after it was asked
            faults.append("latch: not on the disk yet")
            unproved.add([late])
            return faults[0]
        return faults[-1]

    unproved = Unproved(requests, fault)
    unproved.add([early])
    assert (requests.stands(early), requests.stands(late), unproved.is_empty) == (False, True, False)
    faults.append("")
    unproved.forget()
    assert not requests.stands(late) and unproved.is_empty


def test_many_threads_may_tell_at_once(tmp_path: Path) -> None:
    requests = KillRequests(tmp_path)
    unproved, raised = Unproved(requests, lambda: ""), list[BaseException]()
    go = threading.Barrier(4)

    def tell(number: int) -> None:
        try:
            go.wait(10)
            for count in range(300):
                unproved.add([f"{number}-{count}.json" for number in (number, number + 10)])
        except BaseException as error:  # a thread's end is seen by nobody else
            raised.append(error)

    threads = [threading.Thread(target=tell, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert raised == [] and unproved.is_empty
