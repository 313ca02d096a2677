"""Each funding payment is booked once, exactly, to who held the position at its instant."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from framework.engine.funding import KNOWN_NS, FundingBook
from framework.kernel.book_records import FundingBooked
from framework.model.events import Fill
from framework.model.instrument import Instrument
from framework.model.orders import UNASSIGNED
from framework.model.questions import Ask, Question, Reply, SeenFill, SeenFunding
from tests.engine.test_portfolio import PERP, Books
from tests.wired import order_of

NOON = 1_763_683_200_000_000_000
SECOND = 1_000_000_000


def payment(name: str = "f1", amount: str = "-3", ts_ns: int = NOON, **more: Any) -> SeenFunding:
    facts = {"instrument": PERP.id, "asset": "USDT"} | more
    return SeenFunding(name, amount=Decimal(amount), ts_ns=ts_ns, **facts)


def reply(*payments: SeenFunding, asked_ns: int = NOON + SECOND) -> Reply:
    return Reply(Question(1, "bitget", "main", Ask.FUNDING, asked_ns=asked_ns), asked_ns, funding=payments)


def fill(points: int, ts_ns: int) -> SeenFill:
    return SeenFill("o", "v", PERP.id, points > 0, Fill("t", 1, abs(points), Decimal(0), "USDT", True), ts_ns)


class Funded:
    """Ledgers of `a` and `b` that hold so many points, and their funding."""

    def __init__(self, a: int = 0, b: int = 0, unassigned: int = 0) -> None:
        self.books = Books()
        self.records: list[FundingBooked] = []
        for number, (name, points) in enumerate([("a", a), ("b", b)]):
            order = order_of(PERP, f"o{number}", strategy=name, is_buy=points > 0, size_points=abs(points))
            self.books.fill(order, 100, abs(points))
        self.portfolio = self.books.portfolio
        self.portfolio.assign_positions({PERP: unassigned})
        self.before = self.portfolio.totals()["USDT"]
        self.funding = FundingBook(self.portfolio, {PERP.id: PERP})
        self.funding.noted = self.records.append

    def book(self, *payments: SeenFunding, fills: Any = (), is_held: bool = False, asked_ns: int = NOON) -> None:
        self.funding.book(reply(*payments, asked_ns=asked_ns), fills, is_held=is_held)

    @property
    def of(self) -> dict[str, Decimal]:
        return {name: self.portfolio.figures(name, "USDT").funding for name in "ab"}

    @property
    def moved(self) -> Decimal:
        return self.portfolio.totals()["USDT"] - self.before


def test_one_holder_has_all_of_it_and_more_share_by_their_positions() -> None:
    alone = Funded(a=500)
    alone.book(payment())
    assert (alone.of, alone.moved) == ({"a": Decimal(-3), "b": 0}, Decimal(-3))
    both = Funded(a=3_000, b=-1_000, unassigned=1_000)
    both.book(payment())
    assert both.of == {"a": Decimal(-3), "b": Decimal(1)}, "who is short receives what the long pays for it"
    assert both.portfolio.unassigned["USDT"] == 3_500 - 1
    assert both.portfolio.net("a", "USDT") == -3


def test_what_nobody_holds_is_nobodys() -> None:
    for there in ({}, {"instrument": "DOGEUSDT"}, {"asset": "BGB"}):
        funded = Funded(a=500 if there else 0)
        funded.book(payment(**there))
        assert funded.of == {"a": 0, "b": 0}
        assert funded.portfolio.unassigned[payment(**there).asset] == (-3 if there.get("asset") else 3_497)


def test_the_position_at_its_instant_counts_and_not_what_was_traded_since() -> None:
    funded = Funded(a=500, b=500)
    funded.book(payment(), fills=[("a", fill(500, NOON + 1)), ("b", fill(500, NOON)), ("gone", fill(9, NOON + 1))])
    assert funded.of == {"a": 0, "b": Decimal(-3)}


def test_what_an_order_of_nobody_has_traded_since_counts_as_nobodys() -> None:
    funded = Funded(a=500, unassigned=500)
    funded.book(payment(), fills=[(UNASSIGNED, fill(500, NOON + 1))])
    assert funded.of == {"a": Decimal(-3), "b": 0}


def test_a_payment_is_booked_once_also_by_who_took_the_records_or_a_checkpoint() -> None:
    funded = Funded(a=500)
    funded.book(payment())
    funded.book(payment(), payment("f2", "1"))
    assert funded.of["a"] == -2
    recalled, restored = Funded(a=500), Funded(a=500)
    for record in funded.records:
        recalled.funding.take(record)
    restored.funding.restore(funded.funding.kept())
    assert recalled.of == funded.of
    assert recalled.funding.kept() == restored.funding.kept() == funded.funding.kept()
    for again in (recalled, restored):
        before = again.of
        again.book(payment(), payment("f2", "1"))
        assert again.of == before
    assert recalled.funding.asked_ns("bitget") == NOON


def test_what_the_balances_held_when_the_books_began_is_known_and_not_booked() -> None:
    first = Funded(a=500)
    first.book(payment(), is_held=True)
    first.book(payment(), payment("f2"))
    assert first.moved == -3
    upgraded = Funded(a=500)
    upgraded.funding.start_ns = NOON
    upgraded.book(payment("before", ts_ns=NOON - 1), payment("after"))
    upgraded.book(payment("before", ts_ns=NOON - 1), payment("after"))
    assert upgraded.moved == -3


def test_old_payments_are_forgotten() -> None:
    funded = Funded(a=500)
    funded.book(payment())
    funded.book(asked_ns=NOON + KNOWN_NS)
    assert funded.funding.kept()[0].known == {"f1": NOON}
    funded.book(asked_ns=NOON + KNOWN_NS + 1)
    assert funded.funding.kept()[0].known == {}


POINTS = st.integers(-(10**6), 10**6)
AMOUNTS = st.lists(st.decimals("-1e6", "1e6", places=8), max_size=5)


@given(POINTS, POINTS, POINTS, AMOUNTS)
def test_no_money_is_made_or_lost(a: int, b: int, unassigned: int, amounts: list[Decimal]) -> None:
    funded = Funded(a, b, unassigned)
    funded.book(*[payment(f"f{number}", f"{amount:f}") for number, amount in enumerate(amounts)])
    assert funded.moved == sum(amounts, Decimal(0))
    held: dict[str, int] = {"a": a, "b": b}
    for record in funded.records:
        for paid in record.payments:
            for name, share in paid.shares.items():
                exact = paid.amount * held[name] / (a + b + unassigned)
                assert abs(share - exact) <= Decimal("1e-11")
    assert isinstance(PERP, Instrument)
