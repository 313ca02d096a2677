"""A raw batch or intent does not type-check at an order port; what the gate cleared does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.typing.checked import checked

SNIPPET = """
from framework.model.batch import Batch, Cleared, Refused
from framework.model.intents import Intent, Place
from framework.model.orders import Order
from framework.ports import OrderPort
from framework.router.gate import Gate


def send_cleared(port: OrderPort, cleared: Cleared) -> None:
    port.send(cleared)


def send_what_the_gate_let_pass(port: OrderPort, gate: Gate, batch: Batch) -> None:
    cleared = gate.clear(batch, 0)
    if isinstance(cleared, Cleared):
        port.send(cleared)


def send_a_raw_batch(port: OrderPort, batch: Batch) -> None:
    port.send(batch)  # refused: Batch


def send_an_order(port: OrderPort, order: Order) -> None:
    port.send(order)  # refused: Order


def send_an_intent(port: OrderPort, place: Place, any_of_them: Intent) -> None:
    port.send(place)  # refused: Place
    port.send(any_of_them)  # refused: Place | Cancel | Amend | Target | Ladder


def send_without_looking_at_the_answer(port: OrderPort, gate: Gate, batch: Batch) -> None:
    port.send(gate.clear(batch, 0))  # refused: Cleared | Refused


def send_what_the_gate_refused(port: OrderPort, refused: Refused) -> None:
    port.send(refused)  # refused: Refused
"""


def test_only_what_the_gate_cleared_type_checks_at_an_order_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = checked(SNIPPET, tmp_path, monkeypatch)
    expected = {
        number: line.partition("# refused: ")[2]
        for number, line in enumerate(SNIPPET.splitlines(), start=1)
        if "# refused: " in line
    }
    found = re.findall(r'snippet\.py:(\d+): error: .* has incompatible type "(.+)"; expected "Cleared"', said)
    assert {int(line): kind for line, kind in found} == expected
    assert said.count("error:") == len(expected), said
