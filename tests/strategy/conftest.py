"""A strategy that does what a test tells it."""

from __future__ import annotations

import pytest

from framework.model.events import Quote
from tests.strategy.seated import BTC, Bot, FakeContext


@pytest.fixture
def bot() -> Bot:
    bot = Bot()
    context = FakeContext(bot)
    context.quotes[BTC] = Quote(BTC, 1, 6_165_500, 1_000_000, 6_165_600, 2_000_000)
    return bot
