from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from framework.model.errors import ConfigError
from framework.sandbox.bitget.keys import Key, key_file, ready_made
from framework.sandbox.bitget.member import Kind

ROW = {"name": "a", "key": "bg_a", "secret": "s", "passphrase": "p", "account": "classic", "scopes": ["read"]}


def test_each_kind_has_a_reading_a_trading_and_an_over_privileged_key() -> None:
    for kind in Kind:
        keys = {key.name.removeprefix(f"{kind}-"): key for key in ready_made() if key.account is kind}
        assert not keys["read"].may_write
        assert keys["trade"].may_write
        assert {"wwow", "wtow"} < set(keys["over"].authorities)
        assert "withdraw" in keys["over"].permissions
        assert "withdraw" not in keys["trade"].permissions
        assert len({keys[name].uid for name in ("read", "trade", "over", "unbound")}) == 1


def test_the_venues_own_words_are_taken() -> None:
    key = Key("a", "bg_a", "s", "p", Kind.CLASSIC, ["stor", "chow"])
    assert key.authorities == ["stor", "chow"]


FAULTS: list[tuple[Any, str]] = [
    ("{", "expected a JSON list of keys"),
    ([{**ROW, "ip": []}], "ip"),
    ([{**ROW, "key": "a"}], "[0].key"),
    ([ROW, ROW], "each key once"),
    ([ROW, {**ROW, "key": "bg_b"}], "each name once"),
    ([{**ROW, "ips": ["here"]}], "[0].ips: expected IP addresses such as 127.0.0.1, found 'here'"),
    ([{**ROW, "public_pem": "xx"}], "[0].public_pem: "),
    (
        [{**ROW, "uid": "1"}, {**ROW, "key": "bg_b", "name": "b", "uid": "1", "account": "unified"}],
        "one kind of account",
    ),
]


@pytest.mark.parametrize("content", [fault[0] for fault in FAULTS])
def test_a_bad_file_is_told_with_its_place(content: Any, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    words = next(words for bad, words in FAULTS if bad == content)
    with pytest.raises(ConfigError) as told:
        key_file(path)
    assert words in str(told.value)
    assert "keys.json" in str(told.value)


def test_each_key_of_a_file_has_its_own_account_unless_it_says_another(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps([ROW, {**ROW, "key": "bg_b", "name": "b"}]))
    assert len({key.uid for key in key_file(path)}) == 2
