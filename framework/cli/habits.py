"""Words that other bots have for what our verbs do: told, and never taken for a command."""

from __future__ import annotations

from typing import Final

MEANT: Final = {
    "backtest": "paper --speed max, on a tape or candles of your own (--tape FILE)",
    "backtesting": "paper --speed max, on a tape or candles of your own (--tape FILE)",
    "balance": "status, or positions",
    "balances": "status, or positions",
    "cancel": "kill, which closes the gate and takes every order back",
    "create": "new",
    "dry-run": "paper",
    "emergency": "kill",
    "exit": "stop",
    "export": "journal fills, or journal export",
    "flat": "kill --flatten",
    "flatten": "kill --flatten",
    "halt": "kill, or pause for one strategy",
    "history": "fills, or journal fills of a run that is over",
    "init": "new",
    "logs": "journal tail, or run.log in the run's folder",
    "panic": "kill",
    "quit": "stop",
    "run": "paper, or live",
    "start": "paper, or live; arm, where a daemon runs and is to trade",
    "trade": "paper, or live",
    "trades": "fills, or journal fills of a run that is over",
    "unpause": "resume",
}
"""Word -> what does it here."""


def meant_by(word: str) -> str:
    """A hint to end a message with; empty where nothing is known of a word."""
    return f"; it did NOTHING: here it is run.py {MEANT[word]}" if word in MEANT else ""
