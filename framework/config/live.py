"""`[live]`: the venue and account that real orders go to, and how carefully."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from framework.config import fields
from framework.model.durations import duration_ns
from framework.model.instants import NS_PER_S

DEAD_MAN_NS: Final = (5 * NS_PER_S, 60 * NS_PER_S)


class LiveTable(BaseModel):
    """`[live]`: nothing here is used by any other mode."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    venue: Literal["", "plain", "bitget"] = ""
    """What it speaks: `"plain"` is the dialect of `run.py sandbox`."""
    account: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,24}$")] = "main"
    """A name of your own: journal, latch and control socket of the account stand under it."""
    markets: tuple[str, ...] = ()
    """Symbols such as BTC/USDT."""
    host: str = ""
    """A server on this machine, `127.0.0.1:8080`."""
    key_name: Annotated[str, Field(pattern=r"^[a-z0-9_-]{0,24}$")] = ""
    """Files `<name>_key`, `<name>_secret`, `<name>_passphrase` in the secrets directory; empty: the venue's name."""
    demo: bool = False
    """The key is of the venue's demo environment, where no money is real; a key of the other environment is refused."""
    dead_man: str = ""
    """A unified account of Bitget: silent for so long (`"5s"` to `"60s"`), the venue cancels every order of the account,
    a person's too, where it has granted that; empty: off."""
    alone: bool = False
    """Nobody else has orders on this account of Bitget, no person and no other bot: one request may then take back all that
    stands of a market, an order too that somebody placed a moment before. One that is seen ends that for the session."""
    margin_mode: Literal["crossed", "isolated"] = "crossed"
    """Of Bitget's perpetuals, as the account must have it: looked at, never set."""
    leverage_max: Annotated[int, BeforeValidator(fields.whole_of), Field(ge=1, le=125)] = 10
    """The account's leverage of a perpetual may not be above it."""
    rules: str = "bitget-spot"
    """The venue's table of limits, filters and fees."""
    stage: Literal["canary"] = "canary"
    """Small hard caps over `[limits]`; there is no other stage yet."""
    on_stop: Literal["cancel", "keep"] = "cancel"
    """What becomes of open orders at a clean end; protective ones are always kept."""
    seed: Annotated[int, BeforeValidator(fields.whole_of), Field(ge=0, lt=2**63)] = 1
    """Of every random choice of the strategies."""

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.venue and not self.markets:
            raise ValueError('expected markets beside venue, such as markets = ["BTC/USDT"]')
        elsewhere = [market for market in self.markets if "@" in market]
        if elsewhere:
            raise ValueError(
                f"markets: expected symbols of {self.venue or 'one venue'} without its name, such as BTC/USDT, found "
                f"{', '.join(elsewhere)}; a daemon trades at one venue: start another one, with settings of its own, for "
                "another"
            )
        if self.venue != "bitget" and (self.demo or self.dead_man or self.alone):
            raise ValueError('expected alone, demo and dead_man beside venue = "bitget" alone, which has them')
        if self.dead_man and not DEAD_MAN_NS[0] <= duration_ns(self.dead_man, "dead_man") <= DEAD_MAN_NS[1]:
            raise ValueError(f"dead_man: expected 5s to 60s, found {self.dead_man}")
        return self

    @property
    def dead_man_s(self) -> int:
        """`dead_man` in whole seconds; 0: off."""
        return duration_ns(self.dead_man) // NS_PER_S if self.dead_man else 0
