from __future__ import annotations

from framework.gateway.outcome import Answered, NotSent, Unknown


def test_an_answer_does_not_show_its_body_or_headers_in_logs() -> None:
    assert repr(Answered(200, {"x-key": "canary"}, b"canary")) == "Answered(200, 6 bytes)"


def test_outcomes_are_values() -> None:
    assert NotSent("busy") == NotSent("busy") != NotSent("no_connection")
    assert Unknown("timeout", "2 s") != NotSent("timeout", "2 s")
