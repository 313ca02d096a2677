"""A private request is checked in the venue's order: of two things wrong the first is told."""

from __future__ import annotations

import pytest

from framework.sandbox.bitget.doorman import check_window
from framework.sandbox.bitget.refused import BitgetRefusal
from tests.sandbox.bitget.scene import SECOND, START_NS, Client, key, order, venue, wait

ASSETS = "/api/v2/spot/account/assets"
PLACE = "/api/v2/spot/trade/place-order"
MS = START_NS // 1_000_000

# Each step is wrong, and so is everything after it.
STEPS = [
    ("40001", {"ACCESS-KEY": ""}),
    ("40003", {"ACCESS-SIGN": ""}),
    ("40005", {"ACCESS-TIMESTAMP": ""}),
    ("40011", {"ACCESS-PASSPHRASE": ""}),
    ("40008", {"ACCESS-TIMESTAMP": str(MS - 30_001)}),
    ("40037", {"ACCESS-KEY": "bg_unknown"}),
    ("40099", {"paptrading": "1"}),
    ("40012", {"ACCESS-PASSPHRASE": "wrong"}),
    ("40009", {"ACCESS-SIGN": "d3Jvbmc="}),
]


@pytest.mark.parametrize("step", range(len(STEPS)))
def test_the_first_thing_wrong_is_told(step: int) -> None:
    client = Client(venue())
    client.address = "10.0.0.1"
    for _, changed in reversed(STEPS[step:]):
        client.changed |= changed
    assert client.refused("GET", ASSETS) == (400, STEPS[step][0])


def test_a_key_without_the_prefix_is_malformed() -> None:
    client = Client(venue())
    client.changed = {"ACCESS-KEY": "nobody"}
    assert client.refused("GET", ASSETS) == (400, "40006")


def test_an_address_that_is_not_listed_is_refused() -> None:
    client = Client(venue())
    client.address = "10.0.0.1"
    assert client.refused("GET", ASSETS) == (400, "40018")
    free = Client(client.venue, "classic-unbound")
    free.address = "10.0.0.1"
    assert free.get(ASSETS)


@pytest.mark.parametrize(("seconds", "code"), [(30, "00000"), (31, "40008"), (-30, "00000"), (-31, "40008")])
def test_time_may_be_thirty_seconds_off(seconds: int, code: str) -> None:
    client = Client(venue())
    client.changed = {"ACCESS-TIMESTAMP": str(MS + seconds * 1_000)}
    assert client.ask("GET", ASSETS)[1]["code"] == code


def test_a_revoked_key_is_not_known() -> None:
    client = Client(venue())
    assert client.get(ASSETS)
    key(client.venue, "classic-trade").is_revoked = True
    assert client.refused("GET", ASSETS) == (400, "40037")


def test_scopes_hold_each_endpoint() -> None:
    made = venue()
    reader = Client(made, "classic-read")
    status, said = reader.ask("POST", PLACE, order())
    assert (status, said["code"]) == (400, "40014")
    key(made, "classic-read").scopes = ["coor"]
    wait(made, SECOND)
    status, said = reader.ask("GET", ASSETS)
    assert said["msg"] == "Incorrect permissions, need spot order read or spot order write permissions"


def test_the_rights_are_told_in_the_venues_words() -> None:
    told = Client(venue(), "classic-over").get("/api/v2/spot/account/info")
    assert told["authorities"] == ["stor", "coor", "cpor", "stow", "coow", "cpow", "wtow", "wwow"]
    assert told["ips"] == "127.0.0.1,::1"


def test_the_kind_of_account_is_asked_before_the_scope() -> None:
    assert Client(venue(), "unified-read").refused("POST", PLACE, order()) == (400, "40085")


def test_an_unknown_path_is_not_found() -> None:
    assert Client(venue()).refused("GET", "/api/v2/spot/nothing") == (404, "40404")


@pytest.mark.parametrize(
    ("requested", "window", "code"),
    [("1000", "5000", ""), ("1000", "4999", "40911"), ("6000", "60001", "40079"), ("x", "", "40017"), ("", "", "")],
)
def test_a_request_later_than_it_wants_is_refused(requested: str, window: str, code: str) -> None:
    found = ""
    try:
        check_window(requested, window, 6_000)
    except BitgetRefusal as refused:
        found = refused.code
    assert found == code
