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
