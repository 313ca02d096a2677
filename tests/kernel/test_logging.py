"""Logging: no secret and no control character gets out, time comes from the Clock, and no fact breaks a line."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from framework.kernel.clock import ManualClock
from framework.kernel.logging import CONTROL, DEPTH_MAX, HIDDEN, configure, get_logger, redact

CANARY = "cAnary7f3a9"
"""A secret that has no shape of its own: only its name gives it away."""
HMAC = "tM3rK9vQ2xW7bN5jH8cF1dL6gS4pY0aZuEiOtRwXqVkBnMhJfGdCsA"
BITGET_KEY = "bg_0123456789abcdef0123456789abcdef"
PEM = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIB\n-----END EC PRIVATE KEY-----"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Logging is one for the process: leave it as it was found."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


class Console:
    """A configured log and what it wrote."""

    def __init__(self, *, as_json: bool, level: str = "debug") -> None:
        self.clock = ManualClock(1_723_161_599 * 10**9 + 5)
        self.file = io.StringIO()
        configure(lambda: self.clock.now_ns, level=level, as_json=as_json, file=self.file)
        self.log = get_logger()

    @property
    def text(self) -> str:
        return self.file.getvalue()

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()


@pytest.fixture(params=[True, False], ids=["json", "console"])
def console(request: pytest.FixtureRequest) -> Console:
    return Console(as_json=request.param)


@dataclass
class Key:
    api_key: str
    secret: str


class Credentials(msgspec.Struct):
    passphrase: str


class Reached:
    """A library's object that shows what it holds."""

    def __str__(self) -> str:
        return f"<Request POST https://host/order?symbol=BTC&signature={CANARY}&x=1>"


NAMED: list[Any] = [
    {"secret": CANARY},
    {"apiKey": CANARY, "symbol": "BTC"},
    {"API-KEY": CANARY, "X-MBX-APIKEY": CANARY, "ACCESS-KEY": CANARY, "ACCESS-SIGN": CANARY},
    {"Authorization": f"Bearer {CANARY}", "Cookie": CANARY},
    {"deep": [{"deeper": ({"passphrase": CANARY},)}]},
    {"private_key": {"bytes": CANARY.encode()}},
    {b"secret": CANARY},
    {("secret", 1): CANARY},
    [("ACCESS-PASSPHRASE", CANARY), ("locale", "en")],
    [(b"api-key", CANARY.encode())],
    Key(CANARY, CANARY),
    Credentials(CANARY),
    {Key(CANARY, CANARY).__repr__()},
    Reached(),
    ValueError(f"refused: secret={CANARY}"),
    f"https://host/path?apiKey={CANARY}&signature={CANARY}",
    f'{{"apiKey": "{CANARY}", "password":"{CANARY}"}}',
    json.dumps(json.dumps({"secret": CANARY})),
    str({"secret": CANARY, "n": 1}).encode(),
    f"ACCESS-SIGN: {CANARY}\r\nAuthorization: Basic {CANARY}",
    f"BOT_BITGET_SECRET={CANARY} python run.py",
    f"token => {CANARY}",
    Path(f"/keys?token={CANARY}"),
]
"""A secret under a name, in every shape in which facts come."""

SHAPED: list[Any] = [
    HMAC,
    f"key {HMAC}= was refused",
    {"note": [HMAC]},
    BITGET_KEY,
    f"found {BITGET_KEY}.",
    PEM,
    PEM.replace("\n", "\\n"),
    f"Bearer {HMAC[:20]}",
    {HMAC: 1},
]
"""A secret without a name that looks like one."""


@pytest.mark.fault("A6")
@pytest.mark.parametrize("fact", NAMED, ids=lambda fact: type(fact).__name__)
def test_a_secret_is_hidden_by_its_name_wherever_it_stands(console: Console, fact: Any) -> None:
    console.log.info("key.read", fact=fact)
    console.log.info(fact)
    console.log.info("key.read", fact=[fact, {"more": fact}])
    assert CANARY not in console.text
    assert console.text.count(HIDDEN) >= 3


@pytest.mark.fault("A6")
@pytest.mark.parametrize("fact", SHAPED, ids=lambda fact: type(fact).__name__)
def test_a_secret_is_hidden_by_its_shape_wherever_it_stands(console: Console, fact: Any) -> None:
    console.log.info("key.read", fact=fact, other=(fact,))
    console.log.info(fact)
    shown = console.text.replace("Bearer", "")
    assert not any(part in shown for part in (HMAC[:20], HMAC[-20:], BITGET_KEY[3:], "MHcCAQEEIB"))
    assert HIDDEN in console.text


@pytest.mark.parametrize(
    "name", ["secret", "api_key", "apikey", "passphrase", "password", "token", "signature", "mnemonic"]
)
def test_a_fact_of_a_secret_name_is_hidden_whatever_it_is(console: Console, name: str) -> None:
    for value in (CANARY, [CANARY], {"a": CANARY}, CANARY.encode(), Key(CANARY, CANARY)):
        console.log.info("key.read", **{name: value, f"Bitget_{name.upper()}_2": value})
    get_logger(**{name: CANARY}).info("key.read")
    with structlog.contextvars.bound_contextvars(**{name: CANARY}):
        console.log.info("key.read")
    assert CANARY not in console.text
    assert console.text.count(HIDDEN) == 12


@pytest.mark.fault("A6")
def test_an_exception_is_shown_without_secrets_and_without_local_values(console: Console) -> None:
    def sign(hidden_in_a_frame: str) -> None:
        local = hidden_in_a_frame[::-1]
        raise ValueError(f"refused: passphrase={CANARY}, size {len(local)}")

    try:
        sign("harmless" + "word")
    except ValueError:
        console.log.exception("request.failed")
    assert "ValueError: refused: passphrase=[hidden], size 12" in console.text
    assert "test_logging.py" in console.text
    assert not any(value in console.text for value in (CANARY, "harmlessword", "drowsselmrah"))


@pytest.mark.parametrize("shape", ["error", "tuple", "true"])
def test_an_exception_may_be_given_in_every_way_of_the_standard_library(console: Console, shape: str) -> None:
    try:
        {}["lost"]
    except KeyError as error:
        given_as = {"error": error, "tuple": (KeyError, error, error.__traceback__), "true": True}
        console.log.warning("request.failed", exc_info=given_as[shape])
    assert "KeyError: 'lost'" in console.text


def test_no_exception_where_there_is_none(console: Console) -> None:
    console.log.error("request.failed", exc_info=True)
    assert "exception" not in console.text


@pytest.mark.parametrize(
    "harmless",
    [
        "4fb22415517142ac4720f6948c25c10c49b84661" + "0" * 24,  # a digest
        "/srv/Bots2024/projects/runs/journals/abcdef0123456789/journal",
        "bot-0123ab-market_m-1234567",
        "BTC/USDT:USDT@binance",
        61655.12,
        {"orders": 5, "key": "btc"},
    ],
)
def test_what_is_no_secret_is_shown(harmless: Any) -> None:
    assert redact(harmless) == harmless


# Lines.


@pytest.mark.fault("A5")
@pytest.mark.parametrize(
    "text",
    [
        "a\nb",
        "a\r\nb",
        "\x1b[2J\x1b[31m",
        "\x00",
        "\x7f",
        "\x85",
        "\x9b1m",
        "\u2028",
        "\u2029",
        "\u202eevil",
        "\u2066",
        "\ud800",
    ],
)
def test_no_text_forges_a_line_or_drives_a_terminal(console: Console, text: str) -> None:
    console.log.info("order.refused", detail=text, nested={text: [text]}, **{f"fact{text}": 1})
    console.log.info(text)
    assert len(console.lines) == 2
    assert all(ord(character) >= 32 and not CONTROL.search(character) for character in console.text.replace("\n", ""))
    console.text.encode()


@given(st.recursive(st.text() | st.floats() | st.integers() | st.none() | st.binary(), lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner)))  # fmt: skip
def test_any_fact_makes_one_line_of_json(fact: Any) -> None:
    console = Console(as_json=True)
    console.log.info("fact.seen", fact=fact)
    line = json.loads(console.text, parse_constant=pytest.fail)  # NaN is no JSON
    assert line["event"] == "fact.seen"
    assert console.text.count("\n") == 1


def test_keys_of_several_kinds_can_be_sorted(console: Console) -> None:
    console.log.info("fact.seen", fact={1: "a", "b": 2, None: 3, (4, 5): 6})
    assert len(console.lines) == 1


def test_what_is_nested_too_deep_is_cut() -> None:
    nested: Any = "bottom"
    for _ in range(DEPTH_MAX + 2):
        nested = [nested]
    assert "bottom" not in str(redact(nested))
    circle: list[Any] = []
    circle.append(circle)
    assert "..." in str(redact(circle))


def test_numbers_stay_numbers_and_the_rest_becomes_text() -> None:
    facts = {"a": 1, "b": 1.5, "c": True, "d": None, "e": Decimal("1.50"), "f": Path("a/b"), "g": {"y", "x"}}
    assert redact(facts) == {"a": 1, "b": 1.5, "c": True, "d": None, "e": "1.50", "f": "a/b", "g": ["x", "y"]}
    assert redact(float("nan")) == "nan"


def test_the_time_is_the_clocks() -> None:
    console = Console(as_json=True)
    console.log.info("order.sent", order="1")
    console.clock.now_ns += 7
    console.log.warning("order.sent", order="2")
    first, second = map(json.loads, console.lines)
    assert first == {"event": "order.sent", "level": "info", "order": "1", "ts_ns": 1_723_161_599 * 10**9 + 5}
    assert (second["ts_ns"] - first["ts_ns"], second["level"]) == (7, "warning")


def test_a_line_for_people_has_time_level_event_and_facts_in_order() -> None:
    console = Console(as_json=False)
    console.log.info("order.sent", size=0.5, order="1")
    assert console.text == "23:59:59 info    order.sent order=1 size=0.5\n"


def test_facts_of_a_logger_are_on_each_of_its_lines() -> None:
    console = Console(as_json=True)
    log = get_logger(strategy="mm")
    log.info("a.b")
    log.info("c.d", x=1)
    assert [json.loads(line)["strategy"] for line in console.lines] == ["mm", "mm"]


def test_a_logger_made_before_logging_was_set_up_writes_there_too() -> None:
    log = get_logger(strategy="mm")
    console = Console(as_json=True)
    log.info("a.b")
    assert json.loads(console.text)["strategy"] == "mm"


@pytest.mark.parametrize(("level", "expected"), [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)])
def test_what_is_below_the_level_is_not_written(level: str, expected: int) -> None:
    console = Console(as_json=True, level=level)
    for name in ("debug", "info", "warning", "error"):
        getattr(console.log, name)("a.b")
    assert len(console.lines) == expected


def test_lines_go_to_standard_error_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    configure(lambda: 0)
    get_logger().info("a.b")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "00:00:00 info    a.b\n"


def test_a_fact_named_like_one_of_ours_is_kept_apart() -> None:
    out = io.StringIO()
    configure(lambda: 7, as_json=True, file=out)
    try:
        get_logger().info("grid.level_filled", level="-2", ts_ns=1)
    finally:
        configure(lambda: 0)
    assert json.loads(out.getvalue()) == {
        "event": "grid.level_filled", "level": "info", "level_": "-2", "ts_ns": 7, "ts_ns_": 1,
    }  # fmt: skip


def test_the_first_line_takes_structlog_in_and_is_written_as_was_asked() -> None:
    script = (
        "import sys; from framework.kernel.logging import configure, get_logger; log = get_logger(strategy='mm');"
        "configure(lambda: 5, level='warning', as_json=True, file=sys.stdout, at_first_line=True);"
        "assert 'structlog' not in sys.modules; log.info('a.b'); log.warning('c.d', n=1)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {"event": "c.d", "level": "warning", "n": 1, "strategy": "mm", "ts_ns": 5}
