"""`Board`: a session in words, as the live view and the lines show it. All text is safe to print."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct

from framework.model.counting import counted
from framework.model.events import FeedState
from framework.model.figures import Holding
from framework.model.instants import DAY_NS, NS_PER_S
from framework.model.instrument import Instrument
from framework.reports.encoding import event_line
from framework.reports.gathered import FillsSeen, gathered
from framework.reports.happenings import Happening
from framework.reports.session import Session
from framework.reports.words import (
    clean,
    grouped,
    moment,
    money,
    percent,
    price_text,
    size_text,
)

TROUBLES: Final = (FeedState.GAP, FeedState.STALE, FeedState.ENDED)


class BoardRow(Struct, frozen=True):
    """One strategy, in words."""

    name: str
    positions: tuple[str, ...]
    """`+0.0012 BTC`, most valuable first; empty when flat."""
    open: str
    fills: str
    refused: str
    net: str
    fees: str
    is_quarantined: bool


class Board:
    """Reads a session; keeps nothing of its own."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._facts = session.facts

    @property
    def mode(self) -> str:
        """`PAPER`."""
        return clean(self._facts.mode, 20)

    @property
    def promise(self) -> str:
        """`no key, no real orders`."""
        return clean(self._facts.promise, 60)

    @property
    def speed(self) -> str:
        """`x10`, `max speed`, or `real time` where no tape is played."""
        if not self._facts.is_tape:
            return "real time"
        speed = clean(self._facts.speed, 12)
        return "max speed" if speed == "max" else f"x{speed.removeprefix('x')}"

    @property
    def basis(self) -> Sequence[str]:
        """What the figures rest on, in a few short texts: tape, rules, fill model, latency."""
        facts = self._facts
        missing = f"not valued: {', '.join(facts.not_valued)}" if facts.not_valued else ""
        return [clean(text, 70) for text in (facts.tape, facts.rules, facts.fill_model, facts.latency, missing) if text]

    @property
    def happenings(self) -> Sequence[Happening | FillsSeen]:
        """The last things that happened, oldest first, gathered."""
        return self.gathered(tuple(self._session.happenings))

    def gathered(self, happenings: Sequence[Happening]) -> Sequence[Happening | FillsSeen]:
        """What was heard, as people read it: the fills of an order within a second are one."""
        return gathered(happenings)

    def hear(self, hearer: Callable[[Happening], None]) -> None:
        """Call back for everything that happens from now on."""
        self._session.hear(hearer)

    def time(self, ts_ns: int) -> str:
        """`00:02:10` in the display zone, with the date when the tape is longer than a day."""
        form = "%m-%d %H:%M:%S" if self._facts.span_ns > DAY_NS else "%H:%M:%S"
        return moment(ts_ns, self._session.zone).strftime(form)

    def when(self, now_ns: int) -> str:
        """`00:02:10 UTC tape time`; of a market that is heard as it goes on `00:02:10 UTC`."""
        return f"{self.time(now_ns)} {self.zone(now_ns)}{' tape time' * self._facts.is_tape}"

    def zone(self, ts_ns: int) -> str:
        """`UTC`, `CEST`: the zone's short name at an instant."""
        return moment(ts_ns, self._session.zone).strftime("%Z")

    def progress(self, now_ns: int) -> tuple[float | None, str]:
        """How far the tape is (0 to 1; None without an end), and the same in words: `477/651 s`."""
        past_ns = max(0, now_ns - self._facts.ts_start_ns)
        span_ns = self._facts.span_ns
        if span_ns:
            past_ns = min(past_ns, span_ns)
            return past_ns / span_ns, f"{round(past_ns / NS_PER_S):,}/{round(span_ns / NS_PER_S):,} s"
        seams = max(self._session.seams.values(), default=0)
        return None, f"{past_ns // NS_PER_S:,} s" + (f", round {seams + 1}" if seams else "")

    def feed(self, now_ns: int) -> str:
        """`feed ok, last 0.1 s`, or which feed is in trouble."""
        states = self._session.feed_states
        troubled = [instrument for instrument, state in states.items() if state in TROUBLES]
        last = self._last_quote_ns()
        age = "no quote yet" if last is None else f"last {max(0, now_ns - last) / NS_PER_S:,.1f} s"
        if not troubled:
            return f"feed ok, {age}" if last is not None else f"feed: {age}"
        first = troubled[0]
        more = f" +{len(troubled) - 1}" if len(troubled) > 1 else ""
        return f"feed {states[first].value.upper()} {first.symbol}{more}, {age}"

    def _last_quote_ns(self) -> int | None:
        quotes = [self._session.quote(instrument) for instrument in self._facts.instruments]
        return max((quote.ts_recv_ns for quote in quotes if quote is not None), default=None)

    def prices(self) -> Sequence[str]:
        """`BTC 61,655.00` for every instrument."""
        return [f"{self._label(instrument)} {self._price(instrument)}" for instrument in self._facts.instruments]

    def _label(self, instrument: Instrument) -> str:
        bases = [other.base for other in self._facts.instruments]
        return instrument.base if bases.count(instrument.base) == 1 else instrument.symbol

    def _price(self, instrument: Instrument) -> str:
        quote = self._session.quote(instrument)
        if quote is None:
            return "-"
        return price_text(instrument, quote.mid_points)

    def equity(self) -> str:
        """`12,300.59 USDT`; what has no price yet is named: `10,000.00 USDT (not valued: BTC)`."""
        worth = money(self._session.ledgers.account(self._facts.currency).equity, self._session.money_digits)
        missing = ", ".join(text.split()[-1] for text in self._session.without_price)
        return self._money(worth) + (f" (not valued: {clean(missing, 40)})" if missing else "")

    def net(self) -> str:
        """`-2.56 USDT`: profit of all strategies."""
        net = self._session.ledgers.account(self._facts.currency).net
        return self._money(money(net, self._session.money_digits, signed=True))

    def _money(self, text: str) -> str:
        return f"{text} {self._facts.currency}"

    def rows(self) -> Sequence[BoardRow]:
        """Every strategy, in the order of config."""
        open_counts: dict[str, int] = {}
        for order in self._session.live_orders:
            open_counts[order.strategy] = open_counts.get(order.strategy, 0) + 1
        digits = self._session.money_digits
        names = self._session.ledgers.strategies
        return [self._row(strategy, open_counts.get(strategy, 0), digits) for strategy in names]

    def _row(self, strategy: str, open_orders: int, digits: int) -> BoardRow:
        figures = self._session.ledgers.figures(strategy, self._facts.currency)
        tally = self._session.tally(strategy)
        held = sorted(figures.holdings, key=self._worth, reverse=True)
        return BoardRow(
            name=clean(strategy, 40),
            positions=tuple(held_text(self._session, holding) for holding in held if holding.position_points),
            open=f"{open_orders:,}",
            fills=f"{tally.fills:,}",
            refused=f"{tally.refusals:,}",
            net=money(figures.net, digits, signed=True),
            fees=money(figures.fees, digits),
            is_quarantined=strategy in self._session.quarantines,
        )

    def _worth(self, holding: Holding) -> float:
        quote = self._session.quote(holding.instrument)
        price = float(holding.avg_price) if quote is None else quote.mid
        return abs(holding.instrument.size(holding.position_points) * price)

    def requests(self) -> str:
        """`212 sent, 388 one by one (saved 45%)`."""
        total = self._session.total
        return requests_text(total.requests, total.requests_one_by_one)

    def headline(self) -> Sequence[str]:
        """What is about to run, a line each, for plain lines."""
        facts = self._facts
        balances = ", ".join(f"{grouped(value)} {asset}" for asset, value in facts.balances.items())
        lines = [
            f"{self.mode}: {self.promise}",
            f"{'tape' if facts.is_tape else 'feed'}      {clean(facts.tape)}, from {self.time(facts.ts_start_ns)} {self.zone(facts.ts_start_ns)}",
            f"rules     {clean(facts.rules)}, as of {clean(facts.rules_as_of, 20)}; fees {clean(facts.fees)}",
            f"fills     {clean(facts.fill_model)}; latency {clean(facts.latency)}; {self.speed}; seed {facts.seed}",
            f"balances  {clean(balances)}",
        ]
        if facts.not_valued:
            lines.append(
                f"not valued {clean(', '.join(facts.not_valued))} (no market {'on this tape' if facts.is_tape else 'in this run'})"
            )
        names = self._session.ledgers.strategies
        words = [(clean(name, 40), clean(facts.strategies.get(name, ""))) for name in names]
        return [*lines, *(f"strategy  {name}  {what}".rstrip() for name, what in words)]

    def headline_json(self) -> str:
        """The same for programs, as one object on one line."""
        facts = self._facts
        told = {
            "run_id": facts.run_id,
            "mode": facts.mode,
            "tape": facts.tape,
            "rules": facts.rules,
            "rules_as_of": facts.rules_as_of,
            "fill_model": facts.fill_model,
            "latency": facts.latency,
            "fees": facts.fees,
            "speed": facts.speed,
            "seed": facts.seed,
            "balances": dict(facts.balances),
            "currency": facts.currency,
            "not_valued": list(facts.not_valued),
            "instruments": [instrument.id for instrument in facts.instruments],
            "strategies": list(self._session.ledgers.strategies),
            "journal": facts.journal,
        }
        return event_line("run.started", told)

    def status(self, now_ns: int) -> str:
        """The run in one line."""
        total = self._session.total
        saved = percent(total.requests_one_by_one - total.requests, total.requests_one_by_one)
        return (
            f"{self.progress(now_ns)[1]}, equity {self.equity()}, net {self.net()}, "
            f"{counted(total.fills, 'fill')}, {total.refusals:,} refused, {saved}% saved"
        )

    def status_json(self, now_ns: int) -> str:
        """The same for programs, as one object on one line."""
        session, total = self._session, self._session.total
        account = session.ledgers.account(self._facts.currency)
        told = {
            "ts_ns": now_ns,
            "events": session.events,
            "orders": total.orders,
            "fills": total.fills,
            "refusals": total.refusals,
            "requests": total.requests,
            "requests_one_by_one": total.requests_one_by_one,
            "equity": account.equity,
            "pnl": account.net,
            "fees": account.fees,
            "currency": self._facts.currency,
        }
        return event_line("run.status", told)


def position_text(holding: Holding) -> str:
    """`+0.0012 BTC`."""
    size = size_text(holding.instrument, holding.position_points)
    return f"{'+' if holding.position_points > 0 else ''}{size} {holding.instrument.base}"


def held_text(session: Session, holding: Holding) -> str:
    """The position, and whether it is too small for any order: `+0.0000005 BTC (dust)`.

    Where the run has several markets of that asset, spot and a perpetual, also which: `-0.001 BTC in BTC/USDT:USDT`.
    """
    quote = session.quote(holding.instrument)
    is_dust = quote is not None and not holding.instrument.carries(quote.bid_points, abs(holding.position_points))
    bases = [there.base for there in session.facts.instruments]
    where = f" in {holding.instrument.symbol}" if bases.count(holding.instrument.base) > 1 else ""
    return position_text(holding) + where + (" (dust)" if is_dust else "")


def requests_text(requests: int, one_by_one: int) -> str:
    """`212 sent, 388 one by one (saved 45%)`."""
    return f"{requests:,} sent, {one_by_one:,} one by one (saved {percent(one_by_one - requests, one_by_one)}%)"
