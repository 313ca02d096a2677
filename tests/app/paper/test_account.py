from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest

from framework.app.paper.account import NAME, PaperAccount
from framework.config import Config
from framework.model.errors import ConfigError, OccupiedError


def config(folder: Path, balance: str = "1000 USDT", capital: str = "500 USDT") -> Config:
    settings = {
        "paper": {"feed": "bitget", "markets": ["BTC/USDT"], "balances": [balance]},
        "journal": {"folder": str(folder)},
        "strategy": {"mm": {"use": "market_maker", "capital": capital}},
    }
    return Config.model_validate(settings).read_from("f.toml")


BALANCES = {"USDT": Decimal("900.5"), "BTC": Decimal("0.00100000")}
CAPITAL = {"mm": {"USDT": Decimal("400.5"), "BTC": Decimal("0.00100000")}}


def test_what_was_saved_is_resumed_exactly(tmp_path: Path) -> None:
    assert PaperAccount(config(tmp_path)).resumed() is None
    PaperAccount(config(tmp_path)).save(7, BALANCES, CAPITAL)
    resumed = PaperAccount(config(tmp_path)).resumed()
    assert resumed is not None
    assert (resumed.saved_ns, resumed.balances, resumed.capital) == (7, BALANCES, CAPITAL)
    assert str(resumed.balances["BTC"]) == "0.00100000"


def test_what_did_not_change_is_not_written_again(tmp_path: Path) -> None:
    account = PaperAccount(config(tmp_path))
    account.save(7, BALANCES, CAPITAL)
    account.save(8, BALANCES, CAPITAL)
    resumed = account.resumed()
    assert resumed is not None
    assert resumed.saved_ns == 7


@pytest.mark.parametrize("other", [{"balance": "2000 USDT"}, {"capital": "400 USDT"}])
def test_an_account_opened_on_other_terms_is_refused(tmp_path: Path, other: dict[str, str]) -> None:
    PaperAccount(config(tmp_path)).save(7, BALANCES, CAPITAL)
    with pytest.raises(ConfigError, match="opened with others; set them back, or --fresh begins anew"):
        PaperAccount(config(tmp_path, **other)).resumed()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"terms":1}', b"\xff"])
def test_a_damaged_file_is_refused_with_its_path(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    with pytest.raises(ConfigError, match=f"{NAME}: expected the paper account, found"):
        PaperAccount(config(tmp_path)).resumed()


def test_two_runs_do_not_keep_one_account(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "paper"
    with (
        PaperAccount(config(folder)).held(),
        pytest.raises(OccupiedError, match="expected a paper account that no other run trades") as told,
    ):
        PaperAccount(config(folder)).held()
    assert f"process {os.getpid()}" in str(told.value)
    PaperAccount(config(folder)).held().release()


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")
    with pytest.raises(ConfigError, match=r"paper-account\.lock: cannot be locked"):
        PaperAccount(config(tmp_path / "var" / "paper")).held()
