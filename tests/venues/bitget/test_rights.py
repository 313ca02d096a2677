from __future__ import annotations

import pytest

from framework.model.errors import OddAnswer
from framework.model.key_rights import KeyScope, key_faults
from framework.venues.bitget.products import AccountKind, Product
from framework.venues.bitget.rights import classic_rights, needs, unified_rights
from framework.venues.bitget.rows import Row
from tests.venues.bitget_recorded import EXCHANGES

S = KeyScope
BOTH = (Product.SPOT, Product.USDT_FUTURES)
INFO = {f"{one.path}": one.data for one in EXCHANGES if one.name == "GetAccountInfo"}


def classic(*codes: str, ips: str = "127.0.0.1") -> Row:
    return Row({"authorities": list(codes), "ips": ips}, "account/info")


def unified(kind: str, *words: str, ips: str = "127.0.0.1") -> Row:
    return Row({"permType": kind, "permissions": list(words), "ips": ips}, "account/info")


@pytest.mark.parametrize(
    ("code", "scope", "area"),
    [
        ("stor", S.READ, "spot"), ("stow", S.TRADE, "spot"),
        ("coor", S.READ, "futures"), ("coow", S.TRADE, "futures"),
        ("cpor", S.READ, "futures positions"), ("cpow", S.TRADE, "futures positions"),
        ("smor", S.READ, "margin"), ("smow", S.TRADE, "margin"),
        ("ttor", S.READ, "copy trading"), ("ttow", S.TRADE, "copy trading"),
        ("wtor", S.READ, "wallet"), ("wtow", S.TRANSFER, "wallet"), ("wwow", S.WITHDRAW, "wallet"),
        ("chor", S.READ, "sub-accounts"), ("chow", S.OTHER, "sub-accounts"),
        ("p2pr", S.READ, "p2p"), ("p2p", S.TRANSFER, "p2p"), ("p2pw", S.TRANSFER, "p2p"), ("taxr", S.READ, "tax"),
        ("readonly", S.READ, ""), ("trade", S.TRADE, ""),
        ("zzow", S.OTHER, ""), ("zzor", S.READ, ""), ("zz", S.OTHER, ""),
    ],
)  # fmt: skip
def test_a_classic_code_is_told_in_our_words(code: str, scope: KeyScope, area: str) -> None:
    (right,) = classic_rights(classic(code)).rights
    assert (right.word, right.scope, right.area) == (code, scope, area)


@pytest.mark.parametrize(
    ("kind", "word", "scope"),
    [
        ("read-only", "uta_trade", S.READ), ("read-and-write", "uta_trade", S.TRADE),
        ("read-only", "uta_mgt", S.READ), ("read-and-write", "uta_mgt", S.TRANSFER),
        ("read-and-write", "withdraw", S.WITHDRAW), ("read-only", "withdraw", S.WITHDRAW),
        ("read-and-write", "copy_futures_order", S.TRADE), ("read-only", "something_new", S.OTHER),
    ],
)  # fmt: skip
def test_a_unified_permission_is_told_in_our_words(kind: str, word: str, scope: KeyScope) -> None:
    (right,) = unified_rights(unified(kind, word)).rights
    assert right.scope is scope


def test_addresses_are_a_list_in_a_text() -> None:
    assert classic_rights(classic("stor", ips="10.0.0.1, 10.0.0.2")).ips == ("10.0.0.1", "10.0.0.2")
    assert classic_rights(classic("stor", ips="")).ips == ()


def test_the_recorded_answers_are_read() -> None:
    assert [right.scope for right in classic_rights(Row(INFO["/api/v2/spot/account/info"], "info")).rights] == [
        S.TRADE, S.READ,
    ]  # fmt: skip
    found = unified_rights(Row(INFO["/api/v3/account/info"], "info"))
    assert [right.scope for right in found.rights] == [S.TRANSFER, S.TRADE, S.WITHDRAW, S.TRADE, S.TRADE]
    assert found.ips == ("192.168.1.1", "192.168.1.2")


@pytest.mark.parametrize(
    ("row", "products", "faults"),
    [
        (classic("stor", "stow"), (Product.SPOT,), []),
        (classic("stow", "coow", "cpow"), BOTH, []),
        (classic("stow", "coow", "cpor"), BOTH, []),
        (classic("stow", "coow", "cpow"), (Product.SPOT,), ["excess coow", "excess cpow"]),
        (classic("stow"), BOTH, ["missing coow", "missing cpor"]),
        (classic("stow", "wwow", "wtow"), (Product.SPOT,), ["excess wwow", "excess wtow"]),
        (classic("stor"), (Product.SPOT,), ["missing stow"]),
        (classic("stow", ips=""), (Product.SPOT,), ["unbound "]),
        (classic("trade", "readonly"), BOTH, []),
    ],
)
def test_a_classic_key_can_do_what_it_must_and_no_more(row: Row, products: tuple, faults: list[str]) -> None:
    found = key_faults(classic_rights(row), needs(AccountKind.CLASSIC, products))
    assert [f"{fault.kind} {fault.word}" for fault in found] == faults


@pytest.mark.parametrize(
    ("row", "faults"),
    [
        (unified("read-and-write", "uta_trade"), []),
        (unified("read-and-write", "uta_trade", "uta_mgt"), ["excess uta_mgt"]),
        (unified("read-only", "uta_trade", "uta_mgt"), ["missing uta_trade"]),
        (unified("read-and-write", "uta_trade", "withdraw"), ["excess withdraw"]),
    ],
)
def test_a_unified_key_can_do_what_it_must_and_no_more(row: Row, faults: list[str]) -> None:
    found = key_faults(unified_rights(row), needs(AccountKind.UNIFIED, BOTH))
    assert [f"{fault.kind} {fault.word}" for fault in found] == faults


def test_who_only_looks_needs_no_right_to_trade() -> None:
    assert not list(key_faults(classic_rights(classic("stor")), needs(AccountKind.CLASSIC, BOTH[:1], may_trade=False)))
    held = unified_rights(unified("read-and-write", "uta_trade"))
    (fault,) = key_faults(held, needs(AccountKind.UNIFIED, BOTH, may_trade=False))
    assert fault.kind == "excess"


@pytest.mark.parametrize("kind", ["", "everything", None])
def test_an_unknown_kind_of_permission_is_refused(kind: str) -> None:
    with pytest.raises(OddAnswer, match="permType"):
        unified_rights(unified(kind, "uta_trade"))
