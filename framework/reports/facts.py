"""What is known of a run before it starts: the data, the rules and the assumptions that its figures rest on."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct, field

from framework.model.instrument import Instrument
from framework.model.money import plain
from framework.reports.valuation import is_valued


class RunFacts(Struct, frozen=True, kw_only=True):
    """Facts of one run, all handed in. Texts are for people and are escaped where they are shown."""

    run_id: str
    mode: str = "PAPER"
    promise: str = "no key, no real orders"
    tape: str
    """Title of the data: `Binance tape 2024-08-08`."""
    rules: str
    """Title of the rules that the simulated venue holds us to: `Bitget spot rules`."""
    rules_as_of: str
    """ISO date on which the rules were last checked."""
    fill_model: str
    """`queue fills`."""
    latency: str
    """`20-60 ms`."""
    fees: str
    """`maker 0.1 %, taker 0.1 %`."""
    speed: str
    """`10`, or `max`."""
    seed: int
    ts_start_ns: int
    ts_end_ns: int = 0
    """End of the tape; 0 where there is none (a live feed)."""
    instruments: tuple[Instrument, ...]
    balances: Mapping[str, Decimal]
    """The account at the start, asset -> owned."""
    currency: str
    """Report currency: what equity and profit are shown in."""
    display_tz: str = "UTC"
    journal: str = ""
    """Path."""
    strategies: Mapping[str, str] = field(default_factory=dict)
    """Name -> what it is, in a few words: `market_maker, capital 6,000 USDT`."""
    capital: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    """Name -> asset -> what it was given."""
    lap_s: float = 0.0
    """Length of one round of a looped tape."""
    has_samples_only: bool = False
    """Every strategy is one of the bundled examples; the closing words say so."""
    assumptions: tuple[str, ...] = ()
    """Further sentences that the report lists among what the figures rest on."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """`{"framework": "0.1.0", "python": "3.11.7"}`."""
    command: str = ""
    """Command that takes the same decisions again: `python3 run.py replay var/runs/1f3a`."""

    @property
    def not_valued(self) -> tuple[str, ...]:
        """What the account holds and no market of the run values: `3 ETH`. It is missing in every equity."""
        return tuple(
            f"{plain(value)} {asset}"
            for asset, value in self.balances.items()
            if value and not is_valued(self.instruments, asset, self.currency)
        )

    @property
    def is_tape(self) -> bool:
        """It is played from a tape, whose time is its own; else a market is heard as it goes on."""
        return self.mode == "PAPER" and bool(self.ts_end_ns or self.lap_s)

    @property
    def can_go_faster(self) -> bool:
        """The same could be played sooner: a tape that was paced."""
        return self.is_tape and self.speed != "max"

    @property
    def span_ns(self) -> int:
        """Length of the tape; 0 where it has no end."""
        return max(0, self.ts_end_ns - self.ts_start_ns)
