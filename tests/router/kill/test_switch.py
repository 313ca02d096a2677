"""The kill switch: its steps, its order of doing things, and no way to ARMED but a person's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from framework.kernel.clock import ManualClock
from framework.kernel.kill_word import KillWord
from framework.kernel.latch import LatchPage, decode, encode
from framework.kernel.records import KillNoticed, KillStepped, LatchFailed
from framework.model.orders import Order
from framework.model.scopes import EVERYTHING, Scope, ScopeKind
from framework.router.kill.states import TRANSIENT, Cause, KillState
from framework.router.kill.switch import KillSwitch
from tests.wired import NOON, SECOND, order_of, spot

BTC = spot()
MM = Scope(ScopeKind.STRATEGY, "mm")
SCOPES = (EVERYTHING, MM, Scope(ScopeKind.INSTRUMENT, BTC.id), Scope(ScopeKind.VENUE, "bitget"))


class Memory:
    """A latch on a disk of its own, which can be lost or damaged."""

    def __init__(self) -> None:
        self.content: bytes | None = encode(LatchPage())
        self.fails, self.fault = "", ""
        """What goes wrong with the next page, and what did with the last."""
        self.log: list[str] = []

    def read(self) -> LatchPage | None:
        return None if self.content is None else decode(self.content)

    def keep_trip(self, page: LatchPage) -> str:
        self.log.append("latch")
        self.fault = self.fails
        if not self.fault:
            self.content = encode(page)
        return self.fault

    keep_arm = keep_trip


class Kit:
    """A switch with everything around it in memory."""

    def __init__(self, latch: Memory | None = None, *, is_armed: bool = True) -> None:
        self.clock = ManualClock(NOON)
        self.due: list[tuple[int, Callable[[], None]]] = []
        self.records: list[Any] = []
        self.word = KillWord()
        self.latch = latch or Memory()
        self.differences: Callable[[], list[str]] = list
        self.kill = KillSwitch(
            clock=self.clock,
            schedule=self,
            journal=self,
            run="run123",
            word=self.word,
            latch=self.latch,
            differences=lambda scope: self.differences(),
        )
        if is_armed:
            self.kill.begin_armed()
        self.latch.log.clear()

    def at(self, ts_ns: int, priority: int, action: Callable[[], None]) -> None:
        self.due.append((ts_ns, action))

    def write(self, record: Any) -> None:
        self.latch.log.append("journal")
        self.records.append(record)

    def wait(self, span_ns: int) -> None:
        self.clock.now_ns += span_ns
        due = [entry for entry in self.due if entry[0] <= self.clock.now_ns]
        self.due = [entry for entry in self.due if entry[0] > self.clock.now_ns]
        for _, action in due:
            action()


def order(strategy: str = "mm", **facts: Any) -> Order:
    return order_of(BTC, "o1", strategy=strategy, **facts)


def test_nothing_is_created_before_a_person_arms() -> None:
    kit = Kit(is_armed=False)
    assert kit.kill.state() is KillState.DISARMED
    assert kit.kill.barred(order()) != ""
    assert kit.kill.arm(EVERYTHING, "begin", "ann") == []
    assert kit.kill.barred(order()) == ""
    assert kit.kill.look()


def test_a_trip_closes_the_word_then_the_latch_then_connections_then_the_journal() -> None:
    kit = Kit()
    kit.kill.on_trip.append(lambda trip: kit.latch.log.append("abort"))
    kit.word.watch(lambda scope: kit.latch.log.append("word"))
    kit.kill.on_step.append(lambda step: kit.latch.log.append("sweep"))
    kit.kill.trip(EVERYTHING, Cause.OPERATOR, "odd fills", "ann")
    assert kit.latch.log == ["word", "latch", "abort", "journal", "sweep"]


def test_a_tripped_scope_bars_its_own_and_no_other() -> None:
    kit = Kit()
    trip = kit.kill.trip(MM, Cause.STRATEGY, "lost", "mm")
    assert kit.kill.barred(order()) == "strategy:mm tripped: lost"
    assert kit.kill.barred(order("grid")) == ""
    assert kit.kill.holding(order()) is KillState.TRIPPED
    assert kit.kill.words == "TRIPPED strategy:mm: lost"
    assert kit.records == [KillStepped("strategy:mm", "tripped", "strategy", "lost", "mm", trip.id)]


def test_a_second_trip_keeps_the_first() -> None:
    kit = Kit()
    first = kit.kill.trip(EVERYTHING, Cause.OPERATOR, "first", "ann")
    assert kit.kill.trip(EVERYTHING, Cause.LIMIT, "second", "risk") is first
    harder = kit.kill.trip(EVERYTHING, Cause.OPERATOR, "third", "ann", is_hard=True)
    assert (harder.id, harder.is_hard) == (first.id, True)


def test_what_only_lowers_exposure_passes_while_reducing() -> None:
    kit = Kit()
    kit.kill.reduce(EVERYTHING, Cause.STALE_FEED, "no quote for 5 s")
    assert kit.kill.barred(order()) == "global reducing: no quote for 5 s"
    assert kit.kill.barred(order(reduce_only=True)) == ""


def test_it_arms_itself_again_after_a_clean_reconcile() -> None:
    kit = Kit()
    differences = [["0.1 BTC"], ["0.1 BTC"], []]
    kit.differences = lambda: differences.pop(0)
    kit.kill.reduce(EVERYTHING, Cause.STREAM_GAP, "gap")
    kit.kill.recover(EVERYTHING, Cause.STREAM_GAP)
    assert kit.kill.state() is KillState.REDUCING
    kit.wait(SECOND)
    assert kit.kill.state() is KillState.REDUCING
    kit.wait(SECOND)
    assert kit.kill.state() is KillState.ARMED
    assert kit.kill.look()


def test_it_waits_for_the_last_of_several_causes() -> None:
    kit = Kit()
    kit.kill.reduce(EVERYTHING, Cause.STREAM_GAP, "gap")
    kit.kill.reduce(EVERYTHING, Cause.CLOCK_SKEW, "2 s off")
    kit.kill.recover(EVERYTHING, Cause.STREAM_GAP)
    assert kit.kill.state() is KillState.REDUCING
    kit.kill.recover(EVERYTHING, Cause.CLOCK_SKEW)
    assert kit.kill.state() is KillState.ARMED


def test_three_transient_causes_in_an_hour_trip() -> None:
    kit = Kit()
    for _ in range(3):
        kit.wait(60 * SECOND)
        kit.kill.reduce(EVERYTHING, Cause.LOOP_STALL, "stood for 2 s")
        kit.kill.recover(EVERYTHING, Cause.LOOP_STALL)
    trip = kit.kill.trip_of(EVERYTHING)
    assert trip is not None and trip.cause is Cause.REPEATED
    assert kit.kill.state() is KillState.TRIPPED


def test_causes_that_join_a_trouble_are_of_the_same_trouble() -> None:
    kit = Kit()
    for _ in range(2):
        for cause in (Cause.STREAM_GAP, Cause.STALE_FEED):
            kit.kill.reduce(EVERYTHING, cause, "connection lost")
        for cause in (Cause.STREAM_GAP, Cause.STALE_FEED):
            kit.kill.recover(EVERYTHING, cause)
    assert kit.kill.state() is KillState.ARMED
    kit.kill.reduce(EVERYTHING, Cause.STALE_FEED, "connection lost")
    assert kit.kill.state() is KillState.TRIPPED, "the third time"


def spared(kit: Kit) -> dict[Scope, bool]:
    """What is closed, and whether what only lowers exposure passes the word there."""
    return {scope: closure.spares_reducing for scope, closure in kit.word.closed.items()}


@pytest.mark.parametrize("is_by_hand", [False, True])
def test_what_a_wider_flattening_let_out_is_shut_again_once_the_wider_scope_is_armed(is_by_hand: bool) -> None:
    kit = Kit()
    kit.kill.trip(MM, Cause.STRATEGY, "lost", "mm")
    if is_by_hand:
        kit.kill.let_out(MM)
    assert spared(kit) == {MM: is_by_hand}
    trip = kit.kill.trip(EVERYTHING, Cause.OPERATOR, "out", "ann", is_hard=True)
    kit.kill.let_out(EVERYTHING)
    assert spared(kit) == {MM: True, EVERYTHING: True}
    assert kit.kill.arm(EVERYTHING, "looked", "ann", trip.id) == []
    assert spared(kit) == {MM: is_by_hand, EVERYTHING: True}, "its own flattening still lets it out"
    assert kit.kill.arm(EVERYTHING, "looked", "ann", trip.id) == []
    assert spared(kit) == {MM: is_by_hand}
    assert kit.kill.state(MM) is KillState.TRIPPED
    assert not kit.kill.look()
    assert not [record for record in kit.records if isinstance(record, KillNoticed)], "the closing was our own"


def test_a_flattening_goes_on_after_another_thread_has_closed_the_word() -> None:
    """By the watchdog's thread, or by that of a kill which the loop took a moment too late."""
    kit = Kit()
    kit.kill.trip(EVERYTHING, Cause.OPERATOR, "a person", flatten=True)
    kit.kill.let_out(EVERYTHING)
    kit.kill.word.close(EVERYTHING, "the loop has stood still")
    kit.kill.word.close(MM, "it too")
    assert spared(kit) == {EVERYTHING: False, MM: False}
    assert not kit.kill.look()  # as the gate does before a slice leaves
    assert spared(kit) == {EVERYTHING: True, MM: False}, "what tripped nowhere is shut until the loop takes its kill"
    assert kit.kill.state(EVERYTHING) is KillState.TRIPPED


def test_what_comes_while_a_trouble_is_still_compared_is_of_the_same_trouble() -> None:
    kit = Kit()
    for _ in range(2):  # troubles, of three answers each
        kit.differences = lambda: ["the venue is being asked"]
        for _ in range(3):
            kit.kill.reduce(EVERYTHING, Cause.MAINTENANCE, "system busy")
            kit.kill.recover(EVERYTHING, Cause.MAINTENANCE)
        assert kit.kill.state() is KillState.REDUCING
        assert kit.kill.kept().in_trouble == ("global",)
        kit.differences = list
        kit.wait(SECOND)
        assert kit.kill.state() is KillState.ARMED
        assert kit.kill.kept().in_trouble == ()
    kit.kill.reduce(EVERYTHING, Cause.MAINTENANCE, "system busy")
    assert kit.kill.state() is KillState.TRIPPED, "the third time"


def test_an_arming_by_hand_ends_a_trouble_and_so_does_a_trip() -> None:
    kit = Kit()
    for cause in (Cause.MAINTENANCE, Cause.STREAM_GAP):
        kit.differences = lambda: ["the venue is being asked"]
        kit.kill.reduce(EVERYTHING, cause, "busy")
        kit.kill.recover(EVERYTHING, cause)
        kit.differences = list
        trip_id = kit.kill.trip(EVERYTHING, Cause.OPERATOR, "odd", "ann").id if cause is Cause.STREAM_GAP else ""
        assert kit.kill.kept().in_trouble == (() if trip_id else ("global",))
        while kit.kill.state() is not KillState.ARMED:
            assert kit.kill.arm(EVERYTHING, "looked", "ann", trip_id) == []
    assert kit.kill.kept().in_trouble == ()
    kit.kill.reduce(EVERYTHING, Cause.MAINTENANCE, "busy")
    assert kit.kill.state() is KillState.TRIPPED, "the third time"


def test_pausing_often_trips_nothing() -> None:
    kit = Kit()
    for _ in range(5):
        kit.kill.reduce(MM, Cause.PAUSE, "lunch", "ann")
        kit.kill.recover(MM, Cause.PAUSE, "ann")
    assert kit.kill.state(MM) is KillState.ARMED


@pytest.mark.fault("O7")
def test_arming_needs_reason_and_trip_id() -> None:
    kit = Kit()
    trip = kit.kill.trip(EVERYTHING, Cause.OPERATOR, "odd fills", "ann")
    assert "expected a reason" in kit.kill.arm(EVERYTHING, " ", "ann", trip.id)[0]
    for wrong in ("", "run123-99"):
        assert trip.id in kit.kill.arm(EVERYTHING, "looked", "ann", wrong)[0]
    assert kit.kill.state() is KillState.TRIPPED


@pytest.mark.fault("O7")
def test_arming_takes_two_steps() -> None:
    kit = Kit()
    trip = kit.kill.trip(EVERYTHING, Cause.OPERATOR, "odd fills", "ann")
    assert kit.kill.arm(EVERYTHING, "looked", "ann", trip.id) == []
    assert kit.kill.state() is KillState.REDUCING
    assert kit.kill.barred(order()) and not kit.kill.barred(order(reduce_only=True))
    kit.kill.recover(EVERYTHING, Cause.LOOP_STALL)
    assert kit.kill.state() is KillState.REDUCING
    assert kit.kill.arm(EVERYTHING, "looked twice", "ann", trip.id) == []
    assert kit.kill.state() is KillState.ARMED
    assert "ARMED already" in kit.kill.arm(EVERYTHING, "again", "ann")[0]


@pytest.mark.fault("O8")
def test_arming_is_refused_while_anything_stands_against_it() -> None:
    kit = Kit()
    trip = kit.kill.trip(EVERYTHING, Cause.OPERATOR, "odd fills", "ann")
    kit.kill.obstacles = lambda scope: ["the sweep is not complete", "2 orders without an answer"]
    kit.differences = lambda: ["0.1 BTC", "2 orders without an answer"]
    refusals = kit.kill.arm(EVERYTHING, "looked", "ann", trip.id)
    assert [text.split(":")[0] for text in refusals] == [
        "the sweep is not complete",
        "2 orders without an answer",
        "books differ from the venue's",
    ]
    assert refusals[-1] == "books differ from the venue's: 0.1 BTC", "what was said is not said again"


def test_a_cause_that_still_holds_forbids_arming() -> None:
    kit = Kit()
    kit.kill.reduce(EVERYTHING, Cause.CLOCK_SKEW, "2 s off")
    assert kit.kill.arm(EVERYTHING, "never mind", "ann") == ["clock_skew still holds: 2 s off"]


@pytest.mark.fault("O9")
def test_a_restart_clears_no_trip() -> None:
    kit = Kit()
    trip = kit.kill.trip(MM, Cause.LIMIT, "lost", "risk")
    kit.kill.trip(EVERYTHING, Cause.OPERATOR, "odd", "ann")
    again = Kit(kit.latch)
    assert again.kill.state() is again.kill.state(MM) is KillState.TRIPPED
    remembered = again.kill.trip_of(MM)
    assert remembered is not None and (remembered.id, remembered.reason) == (trip.id, "lost")
    assert again.word.forbids("bitget", "main", BTC.id, ("grid",))


@pytest.mark.fault("O9")
def test_a_restart_after_half_an_arming_stays_tripped() -> None:
    kit = Kit()
    trip = kit.kill.trip(EVERYTHING, Cause.OPERATOR, "odd", "ann")
    kit.kill.arm(EVERYTHING, "looked", "ann", trip.id)
    assert Kit(kit.latch).kill.state() is KillState.TRIPPED


def test_after_a_restart_a_trip_is_as_hard_as_it_was_and_names_who_asked() -> None:
    kit = Kit()
    kit.kill.trip(MM, Cause.OPERATOR, "all of it", "uid 1000", is_hard=True)
    kit.kill.trip(EVERYTHING, Cause.LIMIT, "loss", "risk")
    for trip, scope in zip(kit.kill.trips, (MM, EVERYTHING), strict=True):
        assert Kit(kit.latch).kill.trip_of(scope) == trip


@pytest.mark.fault("O10")
@pytest.mark.parametrize("content", [None, b"", b"armed"])
def test_a_latch_that_cannot_be_trusted_is_a_trip(content: bytes | None) -> None:
    latch = Memory()
    latch.content = content
    kit = Kit(latch)
    trip = kit.kill.trip_of(EVERYTHING)
    assert trip is not None and trip.cause is Cause.LATCH
    assert kit.kill.arm(EVERYTHING, "first start", "ann", trip.id) == []
    assert kit.kill.arm(EVERYTHING, "first start", "ann", trip.id) == []
    assert kit.kill.state() is KillState.ARMED


def test_a_trip_takes_effect_without_a_disk_but_nothing_is_armed_without_one() -> None:
    kit = Kit()
    kit.latch.fails = "latch: no space"
    trip = kit.kill.trip(EVERYTHING, Cause.JOURNAL, "disk full", "journal")
    assert kit.kill.latched.fault == "latch: no space"
    assert kit.kill.barred(order())
    kit.kill.arm(EVERYTHING, "made room", "ann", trip.id)
    assert "nothing is armed without a record" in kit.kill.arm(EVERYTHING, "made room", "ann", trip.id)[0]
    assert kit.records[-1] == LatchFailed("latch: no space")
    assert kit.kill.state() is KillState.REDUCING


def test_an_arming_on_the_disk_ends_the_fault_of_the_trip_before_it() -> None:
    kit = Kit()
    kit.latch.fails = "latch: not on the disk after 100 ms"
    trip = kit.kill.trip(EVERYTHING, Cause.OPERATOR, "odd", "ann")
    kit.latch.fails = ""
    for step in ("looked", "looked twice"):
        assert kit.kill.latched.fault
        assert kit.kill.arm(EVERYTHING, step, "ann", trip.id) == []
    assert kit.kill.latched.fault == ""


def test_a_close_by_another_thread_bars_at_once() -> None:
    kit = Kit()
    assert kit.kill.look()
    kit.word.close(EVERYTHING, "the loop stands still")
    assert not kit.kill.look()
    assert kit.kill.barred(order()) == "global: the loop stands still"


def test_what_another_thread_closed_is_journaled_where_the_gate_found_it_and_closed_there_again() -> None:
    kit = Kit()
    assert [kit.kill.look() for _ in range(4)] == [True] * 4
    kit.word.close(EVERYTHING, "the loop stands still")
    assert not kit.kill.look()
    assert kit.records == [KillNoticed(5, "global", "the loop stands still")]
    again = Kit()
    again.kill.expect(kit.records)
    assert [again.kill.look() for _ in range(5)] == [True] * 4 + [False]
    assert again.records == kit.records


def test_a_close_by_another_thread_just_before_our_own_is_noticed_too() -> None:
    kit = Kit()
    kit.word.close(EVERYTHING, "by hand")
    kit.kill.trip(MM, Cause.STRATEGY, "lost", "mm")
    assert not kit.kill.look()
    assert kit.records[-1] == KillNoticed(1, "global", "by hand")


def test_a_close_of_what_is_not_armed_is_noticed_at_the_same_look_again() -> None:
    def looked(kit: Kit) -> list[bool]:
        kit.kill.trip(EVERYTHING, Cause.FILE, "KILL file", "file")
        return [kit.kill.look() for _ in range(3)]

    kit = Kit()
    kit.word.close(EVERYTHING, "the loop is busy")  # another thread, which closes before the loop trips
    assert looked(kit) == [False] * 3
    noticed = [record for record in kit.records if isinstance(record, KillNoticed)]
    assert noticed == [KillNoticed(1, "", "")]
    again = Kit()
    again.kill.expect(noticed)
    assert looked(again) == [False] * 3
    assert again.records == kit.records


def test_a_sweep_begins_even_where_the_journal_fails() -> None:
    kit = Kit()
    began: list[KillStepped] = []
    kit.kill.on_step.append(began.append)

    def fail(record: Any) -> None:
        raise OSError("disk full")

    kit.write = fail  # type: ignore[method-assign]  # a journal that fails
    with pytest.raises(OSError, match="disk full"):
        kit.kill.trip(EVERYTHING, Cause.JOURNAL, "disk full")
    assert [step.state for step in began] == ["tripped"]


class Switching(RuleBasedStateMachine):
    """Any steps, restarts, lost and damaged latches in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.kit = Kit(is_armed=False)
        self.serial = 0
        self.tripped = dict.fromkeys(SCOPES, 0)
        self.armed = dict.fromkeys(SCOPES, 0)

    @rule(scope=st.sampled_from(SCOPES), cause=st.sampled_from([c for c in Cause if c not in TRANSIENT]))
    def trip(self, scope: Scope, cause: Cause) -> None:
        self.kit.kill.trip(scope, cause, "why")
        self._note(self.tripped, scope)

    @rule(scope=st.sampled_from(SCOPES), cause=st.sampled_from(sorted(TRANSIENT)))
    def reduce(self, scope: Scope, cause: Cause) -> None:
        was = self.kit.kill.state(scope)
        self.kit.kill.reduce(scope, cause, "why")
        if was is not KillState.TRIPPED and self.kit.kill.state(scope) is KillState.TRIPPED:
            self._note(self.tripped, scope)

    @rule(scope=st.sampled_from(SCOPES), cause=st.sampled_from(sorted(TRANSIENT)))
    def recover(self, scope: Scope, cause: Cause) -> None:
        self.kit.kill.recover(scope, cause)

    @rule(scope=st.sampled_from(SCOPES), knows=st.booleans(), reason=st.sampled_from(["", "looked"]))
    def arm(self, scope: Scope, knows: bool, reason: str) -> None:
        trip = self.kit.kill.trip_of(scope)
        given = trip.id if trip is not None and knows else ""
        done = not self.kit.kill.arm(scope, reason, "ann", given)
        assert not (done and (not reason or (trip is not None and not knows)))
        if done and self.kit.kill.state(scope) is KillState.ARMED:
            self._note(self.armed, scope)

    @rule()
    def restart(self) -> None:
        self.kit = Kit(self.kit.latch, is_armed=False)

    @rule(how=st.sampled_from([None, b"", b"BOT-LATCH-1 00000000 {}\n"]))
    def lose(self, how: bytes | None) -> None:
        self.kit.latch.content = how
        self.kit = Kit(self.kit.latch, is_armed=False)
        for scope in SCOPES:
            self.armed[scope] = self.tripped[scope] = 0
        self._note(self.tripped, EVERYTHING)

    @rule(minutes=st.integers(1, 90))
    def wait(self, minutes: int) -> None:
        self.kit.wait(minutes * 60 * SECOND)

    @invariant()
    def nothing_is_armed_without_an_arming_newer_than_every_trip(self) -> None:
        for scope in SCOPES:
            if self.kit.kill.state(scope) is KillState.ARMED:
                assert self.armed[scope] > self.tripped[scope] or (scope != EVERYTHING and not self.tripped[scope])

    @invariant()
    def the_word_is_closed_where_the_state_says_so(self) -> None:
        kill = self.kit.kill
        for strategy in ("mm", "grid"):
            held = kill.holding(order(strategy))
            why = self.kit.word.forbids("bitget", "main", BTC.id, (strategy,))
            assert bool(why) == (held is not KillState.ARMED)
            assert bool(kill.barred(order(strategy))) == (held is not KillState.ARMED)
        if kill.look():
            assert kill.states == {EVERYTHING: KillState.ARMED}

    def _note(self, there: dict[Scope, int], scope: Scope) -> None:
        self.serial += 1
        there[scope] = self.serial


TestSwitching = pytest.mark.fault("O7", "O9", "O10")(Switching.TestCase)
TestSwitching.settings = settings(max_examples=120, stateful_step_count=30, deadline=None)
