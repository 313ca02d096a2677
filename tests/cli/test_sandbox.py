"""`run.py sandbox`, as a process of its own: it serves, plays its faults, and leaves when it is told to."""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import signal
import socket
import subprocess
import sys
import urllib.request
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest

from framework.cli import sandbox
from framework.kernel.clock import RealClock
from framework.model.errors import ConfigError, FrameworkError

ROOT = Path(__file__).parents[2]
START = "import sys; from framework.cli import main; sys.exit(main(sys.argv[1:]))"


def asked(url: str, content: object = None) -> tuple[int, object]:
    body = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(url, body, {"X-Time": str(RealClock().now_ns)})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        return error.code, json.load(error)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_with_its_faults_until_it_is_stopped(tmp_path: Path, stop: signal.Signals) -> None:
    faults = tmp_path / "faults.json"
    faults.write_text('[{"kind": "status", "status": 503}]')
    command = [
        sys.executable,
        "-c",
        START,
        "sandbox",
        "plain",
        "--faults",
        str(faults),
        "--balance",
        "500 USDT",
        "--empty",
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().removeprefix("listening on ").strip()
        assert asked(f"{url}/control/quote", {"symbol": "BTC/USDT", "bid": "60000", "ask": "60001"}) == (200, {})
        order = {"id": "a", "side": "buy", "size": "0.001", "price": "59000"}
        wanted = {"symbol": "BTC/USDT", "orders": [order]}
        assert asked(f"{url}/orders", wanted)[0] == 503
        status, said = asked(f"{url}/orders", wanted)
        assert (status, said["results"][0]["result"]) == (200, "accepted")  # type: ignore[index]  # JSON
        assert asked(f"{url}/balances") == (200, [{"asset": "USDT", "free": "441", "locked": "59"}])
        process.send_signal(stop)
        assert process.wait(10) == 0


def test_its_book_moves_with_the_bundled_tape_from_the_start() -> None:
    """A person who tries `run.py live` as docs/live.md says finds a market there."""
    command = [sys.executable, "-c", START, "sandbox", "plain"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().removeprefix("listening on ").strip()
        wanted = {"symbol": "BTC/USDT", "orders": [{"id": "a", "side": "buy", "size": "0.001", "tif": "ioc"}]}
        assert asked(f"{url}/orders", wanted)[1]["results"][0]["result"] == "accepted"  # type: ignore[index]  # JSON
        filled = asked(f"{url}/fills")[1]
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert 40_000 < float(filled[0]["price"]) < 80_000  # type: ignore[index]  # JSON


def assets(rest: str, key: dict[str, Any]) -> dict[str, float]:
    """What a key's account holds, asked as Bitget's reference says: signed by hand, so that no code of ours has a part in it."""
    path = "/api/v3/account/assets" if key["account"] == "unified" else "/api/v2/spot/account/assets"
    at_ms = str(RealClock().now_ns // 1_000_000)
    digest = hmac.new(key["secret"].encode(), f"{at_ms}GET{path}".encode(), hashlib.sha256).digest()
    headers = {
        "ACCESS-KEY": key["key"],
        "ACCESS-SIGN": base64.b64encode(digest).decode(),
        "ACCESS-TIMESTAMP": at_ms,
        "ACCESS-PASSPHRASE": key["passphrase"],
    }
    with urllib.request.urlopen(urllib.request.Request(rest + path, headers=headers)) as answer:
        told = json.load(answer)["data"]
    rows = told["assets"] if key["account"] == "unified" else told
    return {row["coin"]: float(row["available"]) for row in rows}


def opens_websocket(url: str) -> bool:
    """Whether a WebSocket is served there."""
    where = urlsplit(url)
    assert where.scheme == "ws" and where.hostname is not None
    connection = HTTPConnection(where.hostname, where.port, timeout=10)
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    connection.request("GET", where.path, headers={**upgrade, "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="})
    status = connection.getresponse().status
    connection.close()
    return status == 101


def test_bitgets_first_line_is_one_object_that_a_program_can_go_by() -> None:
    """Of each account kind a read-only, a trading and an over-privileged key, that work where the line says."""
    command = [sys.executable, "-c", START, "sandbox", "bitget", "--json"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            told = json.loads(process.stdout.readline())
            assert {"rest", "ws_public", "ws_private", "keys"} <= told.keys()
            assert asked(f"{told['rest']}/api/v2/public/time")[0] == 200
            assert opens_websocket(told["ws_public"]) and opens_websocket(told["ws_private"])
            scopes: dict[str, list[set[str]]] = {"classic": [], "unified": []}
            for key in told["keys"]:
                texts = [key[name] for name in ("name", "key", "secret", "passphrase")]
                assert all(isinstance(text, str) and text for text in texts), key
                assert all(isinstance(each, str) for each in (*key["scopes"], *key["ips"])), key
                scopes[key["account"]].append(set(key["scopes"]))
            for kind, found in scopes.items():
                assert {"read"} in found and {"read", "trade"} in found, kind
                assert any({"read", "trade", "withdraw"} <= each for each in found), kind
                held = assets(told["rest"], next(key for key in told["keys"] if key["name"] == f"{kind}-trade"))
                assert held["BTC"] > 0 and held["USDT"] > 0, kind
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stdout.read() == "", "one line, and no more"


def run(*argv: str) -> int:
    parser = argparse.ArgumentParser()
    sandbox.add_arguments(parser)
    return sandbox.run(parser.parse_args(argv))


@pytest.mark.parametrize(
    ("argv", "what"),
    [
        (("--rules", "bitget-spott"), "bitget-spot"),
        (("--symbols", "X/Y"), "X/Y"),
        (("--symbols", "SOL/USDT"), "moves SOL/USDT, found BTC/USDT, ETH/USDT"),
        (("--tape", "binance"), "binance-2024-08-08"),
        (("--balance", "much"), "--balance"),
        (("--faults", "none.json"), "none.json"),
        (("--port", "70000"), "0 to 65535"),
        (("--json",), "--json: expected with run.py sandbox bitget alone, found it with plain"),
        (("--rate", "lenient"), "--rate: expected with run.py sandbox bitget alone"),
        (("--tape", "binance-2024-08-08", "--empty"), "--empty, --tape: expected one of them"),
        (("bitget", "--empty"), "--empty: expected with run.py sandbox plain alone, found it with bitget"),
        (("bitget", "--balance", "1 BTC"), "--balance: expected with run.py sandbox plain alone"),
        (("bitget", "--feed", "--tape", "binance-2024-08-08"), "--feed, --tape: expected one of them, found both"),
        (("bitget", "--tape", "binance"), "binance-2024-08-08"),
        (("bitget", "--keys", "none.json"), "none.json: expected a file of keys"),
        (("bitget", "--faults", "none.json"), "none.json: expected a file of faults"),
    ],
)
def test_what_cannot_be_served_is_said(argv: tuple[str, ...], what: str) -> None:
    with pytest.raises(FrameworkError, match=what):
        run(*argv)


@pytest.mark.parametrize(
    ("dialect", "words"), [("plain", "expected one that is free"), ("bitget", "expected a free port")]
)
def test_a_port_that_is_taken_is_said(dialect: str, words: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ConfigError, match=words):
            run(dialect, "--port", str(taken.getsockname()[1]))


def test_faults_that_bitget_could_never_play_are_refused_with_their_file(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_text('[{"kind": "book_gap", "path": "ws:books"}, {"kind": "wrong_checksum", "path": "ws:book"}]')
    with pytest.raises(ConfigError, match=r"faults\.json: \[1\]\.path: expected none"):
        run("bitget", "--faults", str(path))
