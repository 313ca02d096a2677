from __future__ import annotations

from itertools import pairwise
from threading import Event, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.kernel.kill_word import NOT_ARMED, OUTDATED, KillWord, Passage
from framework.model.reasons import GATE_CLOSED, STALE
from framework.model.scopes import EVERYTHING, Scope, ScopeKind, account_scope

BTC = "BTC/USDT@bitget"
OURS = (
    EVERYTHING,
    Scope(ScopeKind.VENUE, "bitget"),
    account_scope("bitget", "main"),
    Scope(ScopeKind.INSTRUMENT, BTC),
    Scope(ScopeKind.STRATEGY, "mm"),
    Scope(ScopeKind.STRATEGY, "sma"),
)
OTHERS = (
    Scope(ScopeKind.VENUE, "binance"),
    account_scope("bitget", "second"),
    account_scope("binance", "main"),
    Scope(ScopeKind.INSTRUMENT, "ETH/USDT@bitget"),
    Scope(ScopeKind.STRATEGY, "basis"),
)


def armed() -> KillWord:
    word = KillWord()
    word.open(EVERYTHING)
    return word


def passage(word: KillWord, *, is_reducing: bool = False, epoch: int | None = None) -> Passage:
    return Passage("bitget", "main", BTC, ("mm", "sma"), word.epoch if epoch is None else epoch, 1_000, is_reducing)


def emitted(word: KillWord, leave: Passage, now_ns: int = 0) -> tuple[list[bytes], str]:
    sent: list[bytes] = []
    refusal = word.emit(sent.append, b"order", leave, lambda: now_ns)
    return sent, refusal.reason if refusal else ""


def test_nothing_leaves_before_somebody_arms() -> None:
    word = KillWord()
    assert emitted(word, passage(word)) == ([], GATE_CLOSED)
    assert word.forbids("bitget", "main", BTC, ()) == f"global: {NOT_ARMED}"
    word.open(EVERYTHING)
    assert emitted(word, passage(word)) == ([b"order"], "")


@pytest.mark.parametrize("scope", OURS, ids=str)
def test_a_closed_scope_holds_back_what_belongs_to_it(scope: Scope) -> None:
    word = armed()
    word.close(scope, "test")
    assert emitted(word, passage(word)) == ([], GATE_CLOSED)
    assert word.forbids("bitget", "main", BTC, ("mm", "sma")) == f"{scope}: test"


@pytest.mark.parametrize("scope", OTHERS, ids=str)
def test_a_closed_scope_lets_others_pass_even_when_they_were_cleared_before(scope: Scope) -> None:
    word = armed()
    cleared = passage(word)
    word.close(scope, "test")
    assert emitted(word, cleared) == ([b"order"], "")
    assert word.forbids("bitget", "main", BTC, ("mm", "sma")) == ""


@pytest.mark.parametrize("scope", OURS, ids=str)
def test_what_was_cleared_before_a_close_stays_behind_though_the_scope_is_open_again(scope: Scope) -> None:
    word = armed()
    cleared = passage(word)
    word.close(scope, "test")
    word.open(scope)
    assert emitted(word, cleared) == ([], OUTDATED)
    assert emitted(word, passage(word)) == ([b"order"], "")


def test_opening_one_scope_leaves_the_others_closed() -> None:
    word = armed()
    word.close(OURS[1], "venue")
    word.close(OURS[3], "pair")
    word.open(OURS[1])
    word.open(EVERYTHING)
    assert word.forbids("bitget", "main", BTC, ()) == f"{OURS[3]}: pair"
    assert list(word.closed) == [OURS[3]]


def test_each_close_counts_and_the_first_reason_stands() -> None:
    word = armed()
    epochs = [word.close(EVERYTHING, "first"), word.close(EVERYTHING, "second")]
    assert epochs == [1, 2]
    assert word.forbids("bitget", "main", BTC, ()) == "global: first"


def test_reducing_lets_only_pass_what_lowers_exposure() -> None:
    word = armed()
    before, reducing_before = passage(word), passage(word, is_reducing=True)
    word.close(EVERYTHING, "feed stale", spares_reducing=True)
    assert emitted(word, before) == ([], GATE_CLOSED)
    assert emitted(word, reducing_before) == ([b"order"], "")
    assert word.forbids("bitget", "main", BTC, (), is_reducing=True) == ""
    word.open(EVERYTHING)
    assert emitted(word, before) == ([], OUTDATED)


def test_a_trip_outweighs_reducing_and_reducing_does_not_soften_a_trip() -> None:
    word = armed()
    word.close(EVERYTHING, "feed stale", spares_reducing=True)
    word.close(EVERYTHING, "loss")
    word.close(EVERYTHING, "feed stale", spares_reducing=True)
    assert emitted(word, passage(word, is_reducing=True)) == ([], GATE_CLOSED)
    assert word.forbids("bitget", "main", BTC, (), is_reducing=True) == "global: loss"


def test_a_flatten_passes_a_relaxed_scope_but_nothing_else_does() -> None:
    word = armed()
    reducing_before = passage(word, is_reducing=True)
    word.close(EVERYTHING, "kill")
    word.relax(EVERYTHING, "flatten")
    assert emitted(word, passage(word)) == ([], GATE_CLOSED)
    assert emitted(word, passage(word, is_reducing=True)) == ([b"order"], "")
    assert emitted(word, reducing_before) == ([], OUTDATED)


def test_what_is_too_old_stays_here() -> None:
    word = armed()
    assert emitted(word, passage(word), now_ns=999) == ([b"order"], "")
    assert emitted(word, passage(word), now_ns=1_000) == ([], STALE)


def test_the_age_is_taken_after_the_wait_for_the_lock() -> None:
    word = armed()

    def clock_ns() -> int:
        assert word.lock.locked()
        return 0

    assert word.emit(lambda data: None, b"", passage(word), clock_ns) is None


def test_no_close_comes_between_the_test_and_the_write() -> None:
    """The closing thread may run while the bytes are handed over, but it does not get through."""
    word, is_closed = armed(), Event()

    def close() -> None:
        word.close(EVERYTHING, "watchdog")
        is_closed.set()

    closer = Thread(target=close)
    seen: list[bool] = []

    def write(data: bytes) -> None:
        closer.start()
        seen.append(is_closed.wait(0.05))

    assert word.emit(write, b"order", passage(word), lambda: 0) is None
    closer.join()
    assert seen == [False]
    assert is_closed.is_set()
    assert emitted(word, passage(word)) == ([], GATE_CLOSED)


def test_watchers_run_inside_a_close_that_spares_nothing() -> None:
    word = armed()
    told: list[tuple[Scope, bool]] = []
    leave = word.watch(lambda scope: told.append((scope, word.lock.locked())))
    word.close(EVERYTHING, "reducing", spares_reducing=True)
    word.close(OURS[1], "trip")
    assert told == [(OURS[1], True)]
    leave()
    word.close(OURS[1], "trip")
    assert len(told) == 1


@given(st.lists(st.tuples(st.sampled_from(OURS + OTHERS), st.sampled_from(["close", "reduce", "open"])), max_size=12))
def test_what_passes_is_exactly_what_no_closure_of_its_scopes_concerns(steps: list[tuple[Scope, str]]) -> None:
    """Against the obvious model: a list of closings, gone through from the start."""
    word = armed()
    closed: dict[Scope, bool] = {}
    epochs = [word.epoch]
    for scope, step in steps:
        if step == "open":
            word.open(scope)
            closed.pop(scope, None)
        else:
            word.close(scope, "test", spares_reducing=step == "reduce")
            closed[scope] = closed.get(scope, False) or step == "close"
        epochs.append(word.epoch)
    for is_reducing in (False, True):
        is_held = any(trips or not is_reducing for scope, trips in closed.items() if scope in OURS)
        sent, _ = emitted(word, passage(word, is_reducing=is_reducing))
        assert bool(sent) is not is_held
    assert all(earlier <= later for earlier, later in pairwise(epochs))
