"""`run.py sandbox bitget` as a person starts it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUN = [sys.executable, str(ROOT / "run.py"), "sandbox", "bitget"]
ENVIRONMENT = {**os.environ, "BOT_NO_BOOTSTRAP": "1"}


def test_it_tells_where_it_is_serves_and_ends(tmp_path: Path) -> None:
    with subprocess.Popen([*RUN, "--json"], stdout=subprocess.PIPE, env=ENVIRONMENT, cwd=tmp_path) as sandbox:
        assert sandbox.stdout is not None
        facts = json.loads(sandbox.stdout.readline())
        with urllib.request.urlopen(f"{facts['rest']}/api/v2/spot/market/orderbook?symbol=BTCUSDT", timeout=10) as told:
            book = json.loads(told.read())["data"]
        sandbox.send_signal(signal.SIGTERM)
        assert sandbox.wait(10) == 0
    assert len(book["bids"]) >= 20
    assert float(book["bids"][0][0]) < float(book["asks"][0][0])
    kinds = {(key["account"], tuple(key["scopes"])) for key in facts["keys"]}
    for account in ("classic", "unified"):
        assert {(account, ("read",)), (account, ("read", "trade"))} <= kinds
        assert any("withdraw" in scopes for kind, scopes in kinds if kind == account)


def test_bad_keys_are_told_with_their_place(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text('[{"name": "mine"}]')
    done = subprocess.run([*RUN, "--keys", str(keys)], capture_output=True, text=True, env=ENVIRONMENT, check=False)
    assert done.returncode == 2
    assert "keys.json" in done.stderr
    assert "$[0]" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_live_feed_moves_it_instead_of_the_tape(tmp_path: Path) -> None:
    """The feed is that of another sandbox: the same adapter, the same frames."""

    def asked(facts: dict, path: str) -> dict:
        with urllib.request.urlopen(f"{facts['rest']}{path}", timeout=10) as told:
            return json.loads(told.read())["data"]

    def begun(*more: str) -> tuple[subprocess.Popen, dict]:
        made = subprocess.Popen([*RUN, "--json", *more], stdout=subprocess.PIPE, env=ENVIRONMENT, cwd=tmp_path)
        assert made.stdout is not None
        return made, json.loads(made.stdout.readline())

    source, there = begun()
    with source:
        follower, here = begun("--feed", there["rest"].removeprefix("http://"))
        with follower:
            path = "/api/v2/spot/market/orderbook?symbol=BTCUSDT"
            theirs, ours = asked(there, path), asked(here, path)
            contract = asked(here, "/api/v2/mix/market/ticker?productType=USDT-FUTURES&symbol=BTCUSDT")[0]
            follower.send_signal(signal.SIGTERM)
            assert follower.wait(10) == 0
        source.send_signal(signal.SIGTERM)
        assert source.wait(10) == 0
    assert ours["bids"]
    assert ours["asks"]
    middle = float(theirs["bids"][0][0])
    assert abs(float(ours["bids"][0][0]) - middle) < middle / 100
    assert abs(float(contract["bidPr"]) - middle) < middle / 100


def test_a_feed_of_another_machine_is_refused() -> None:
    done = subprocess.run(
        [*RUN, "--feed", "10.0.0.1:80"], capture_output=True, text=True, env=ENVIRONMENT, check=False
    )  # fmt: skip
    assert done.returncode == 2
    assert "a server on this machine" in done.stderr
