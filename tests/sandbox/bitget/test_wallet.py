from __future__ import annotations

from decimal import Decimal

import pytest

from framework.sandbox.bitget.wallet import Wallet


def test_freezing_moves_and_adds_nothing() -> None:
    wallet = Wallet({"USDT": Decimal(10)})
    wallet.freeze("USDT", Decimal(4), 7)
    assert (wallet.free("USDT"), wallet.frozen["USDT"], wallet.held("USDT")) == (6, 4, 10)
    wallet.freeze("USDT", Decimal(-4), 8)
    assert (wallet.free("USDT"), wallet.changed_ms["USDT"]) == (10, 8)
    with pytest.raises(AssertionError):
        wallet.freeze("USDT", Decimal(-1), 9)
