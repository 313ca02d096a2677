from __future__ import annotations

import pytest

from framework.model.key_rights import KeyScope
from framework.venues.bitget import endpoints as at
from framework.venues.bitget import rules
from framework.venues.bitget.endpoints import ENDPOINTS, Endpoint
from framework.venues.bitget.products import AccountKind

ROWS = list(ENDPOINTS.values())


def test_every_row_is_in_the_table_once() -> None:
    rows = [row for row in vars(at).values() if isinstance(row, Endpoint)]
    assert len(rows) == len(ROWS) > 70


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.path)
def test_a_row_moves_no_coins_and_changes_no_account(row: Endpoint) -> None:
    words = ("wallet", "withdraw", "transfer", "deposit", "upgrade", "switch", "set-", "borrow", "repay", "sub")
    path = row.path.replace("plan-sub-order", "")  # orders that a trigger order became, not accounts
    assert not [word for word in words if word in path]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.path)
def test_a_row_says_who_may_call_it(row: Endpoint) -> None:
    if row.scope is None:
        assert row.method == "GET" and row.account is None
    else:
        assert row.account is (AccountKind.UNIFIED if row.path.startswith("/api/v3/") else AccountKind.CLASSIC)
        assert row.scope is (KeyScope.READ if row.method == "GET" else KeyScope.TRADE)


@pytest.mark.parametrize("row", [row for row in ROWS if row.method == "POST"], ids=lambda row: row.path)
def test_only_cancels_may_be_sent_again(row: Endpoint) -> None:
    cancels = "cancel" in row.path and "replace" not in row.path
    assert row.is_repeatable is cancels


@pytest.mark.parametrize(
    ("table", "prefix"), [(rules.SPOT, "/api/v2/spot"), (rules.FUTURES, "/api/v2/mix"), (rules.UNIFIED, "/api/v3")]
)
def test_limits_are_those_that_the_router_budgets_with(table, prefix: str) -> None:
    buckets = {bucket.name: bucket.limit for bucket in table.buckets}
    for row in ROWS:
        if row.path.startswith(prefix) and row.bucket:
            assert row.per_second == buckets[row.bucket], row.path
