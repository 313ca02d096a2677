from __future__ import annotations

import pytest

from framework.model.key_rights import KeyNeed, KeyRight, KeyRights, KeyScope, key_faults

S = KeyScope
NEED = KeyNeed(S.TRADE, "spot", ("stow",), "Spot trade")
TRADE = KeyRight("stow", S.TRADE, "spot", "Spot trade")
WITHDRAW = KeyRight("wwow", S.WITHDRAW, "wallet", "Wallet withdrawal")


def rights(*granted: KeyRight, ips: tuple[str, ...] = ("10.0.0.1",)) -> KeyRights:
    return KeyRights("classic", granted, ips, "on the page")


def kinds(found: KeyRights, *needs: KeyNeed, accepted: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    return [(fault.kind, fault.word) for fault in key_faults(found, needs, accepted)]


def test_a_key_that_fits_has_no_fault() -> None:
    assert kinds(rights(TRADE, KeyRight("coor", S.READ, "futures", "x")), NEED) == []


def test_what_is_not_used_is_excess_and_the_setting_is_named() -> None:
    assert kinds(rights(TRADE, WITHDRAW), NEED) == [("excess", "wwow")]
    (fault,) = key_faults(rights(TRADE, WITHDRAW), (NEED,))
    assert "withdraw coins" in fault.text and "switch off `Wallet withdrawal`" in fault.text


def test_a_person_may_accept_an_excess_by_name() -> None:
    assert kinds(rights(TRADE, WITHDRAW), NEED, accepted=("wwow",)) == []


def test_what_is_not_there_is_missing() -> None:
    assert kinds(rights(), NEED) == [("missing", "stow")]


def test_a_right_to_read_is_not_one_to_trade() -> None:
    assert kinds(rights(KeyRight("stow", S.READ, "spot", "x")), NEED) == [("missing", "stow")]


def test_a_right_to_trade_is_excess_for_who_only_looks() -> None:
    look = KeyNeed(S.READ, "spot", ("stor", "stow"), "Spot trade: read-only")
    assert kinds(rights(TRADE), look) == [("excess", "stow")]


def test_what_comes_with_a_right_is_tolerated() -> None:
    need = KeyNeed(S.READ, "p", ("cpor", "cpow"), "Positions", tolerated=("cpow",))
    assert kinds(rights(KeyRight("cpow", S.TRADE, "p", "x")), need) == []


@pytest.mark.parametrize("scope", [S.TRADE, S.TRANSFER, S.WITHDRAW, S.OTHER])
def test_every_scope_but_reading_can_be_too_much(scope: KeyScope) -> None:
    assert kinds(rights(TRADE, KeyRight("other", scope, "", "x")), NEED) == [("excess", "other")]


def test_a_key_bound_to_no_address_is_refused() -> None:
    assert kinds(rights(TRADE, ips=()), NEED) == [("unbound", "")]
