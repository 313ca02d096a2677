from __future__ import annotations

import pytest

from framework.model.errors import ConfigError
from framework.model.scopes import EVERYTHING, Scope, ScopeKind, account_scope, read_scope, scopes_at


@pytest.mark.parametrize(
    "scope",
    [
        EVERYTHING,
        Scope(ScopeKind.VENUE, "bitget"),
        account_scope("bitget", "main"),
        Scope(ScopeKind.INSTRUMENT, "BTC/USDT:USDT@binance"),
        Scope(ScopeKind.STRATEGY, "mm"),
    ],
)
def test_a_scope_is_read_from_what_it_is_written_as(scope: Scope) -> None:
    assert read_scope(str(scope)) == scope


def test_an_account_is_named_with_its_venue() -> None:
    assert str(account_scope("bitget", "main")) == "account:main@bitget"


@pytest.mark.parametrize("text", ["", "venue", "venue:", "global:bitget", "bitget", "Venue:bitget"])
def test_what_is_no_scope_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(ConfigError, match=r"expected global, or one of venue, account, instrument, strategy .* found"):
        read_scope(text)


def test_a_wider_scope_holds_a_narrower_one_of_its_venue() -> None:
    account, pair, mm = (read_scope(text) for text in ("account:main@a", "instrument:BTC/USDT@a", "strategy:mm"))
    widest_first = [EVERYTHING, read_scope("venue:a"), account, pair]
    for at, wide in enumerate(widest_first):
        assert [wide.holds(other) for other in widest_first] == [other >= at for other in range(4)]
    assert account.holds(mm)
    assert not pair.holds(mm) and not mm.holds(pair)
    assert not account.holds(read_scope("instrument:BTC/USDT@b"))


def test_orders_stand_in_scopes_from_the_widest_to_their_strategies() -> None:
    found = scopes_at("a", "main", "BTC/USDT@a", "mm", "grid")
    assert [str(scope) for scope in found] == [
        "global", "venue:a", "account:main@a", "instrument:BTC/USDT@a", "strategy:mm", "strategy:grid",
    ]  # fmt: skip
