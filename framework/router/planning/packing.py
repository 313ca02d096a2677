"""Orders packed into requests under ceilings: first each in a request of its own, then in batches as far as it helps.

Classes are admitted one after the other. The best steps of all classes admitted so far make room for the last of them, as
long as each lets more orders go. A pile's steps come best first, so one that does not help ends its search, and nothing is
ever taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations, groupby
from typing import Final, NamedTuple

from msgspec import Struct

from framework.router.planning.piles import Pile, PileStep, Stack
from framework.router.planning.tariffs import Tariff


class Ceiling(NamedTuple):
    """The most units that a plan may draw from a bucket."""

    cancels: int
    """While nothing but cancels draws on it."""
    others: int
    """As soon as something else does."""


class Excess(Struct, frozen=True):
    """Orders of a class that the ceilings keep from going alone."""

    orders: int
    own: tuple[int, ...] = ()
    """Of those, how many of each stack because of buckets that only it draws on, in its class."""
    lacking: int = 0
    """How many more than go alone: the class cannot make up for them."""

    def is_better_than(self, other: Excess) -> bool:
        """Whether fewer orders stay behind, or it is freer whose they are."""
        return not self.lacking and (self.orders, sum(self.own)) < (other.orders, sum(other.own))


NO_EXCESS: Final = Excess(0)


class Packing:
    """Piles packed under ceilings: as many orders as possible, class by class, then in the fewest requests."""

    def __init__(self, piles: Sequence[Pile], ceilings: Sequence[Ceiling]) -> None:
        self.stacks = [Stack(pile) for pile in piles]
        self.drawn = [0] * len(ceilings)
        """By bucket of the table. Where orders are waived, at most so much."""
        self.waived: dict[int, int] = {}
        """Service class -> orders that stay behind, from whichever of its stacks."""
        self.counts: list[int] = []
        """Orders sent, by service class."""
        self._by_others = [0] * len(ceilings)
        self._ceilings = ceilings

    def pack(self, wanted: Sequence[int] = ()) -> bool:
        """Do it; once. False, and left unfinished, when a class cannot have the count that is wanted."""
        classes = [list(stacks) for _, stacks in groupby(self.stacks, lambda stack: stack.pile.service)]
        cancels = [stack for stack in self.stacks if stack.pile.tariff.is_cancel]
        for stacks in classes:
            self._admit(stacks)
            sent = sum([stack.orders for stack in stacks]) - self.waived.get(stacks[0].pile.service, 0)
            if wanted and sent < wanted[len(self.counts)]:
                return False
            self.counts.append(sent)
            if cancels and cancels[-1] in stacks:
                # Fewer requests for cancels leave more room to all that comes after them.
                self._merge(cancels)
        self._merge(self.stacks)
        return True

    def _admit(self, stacks: list[Stack]) -> None:
        """Let all orders of a class go alone; what is too much, in batches; what is still too much stays behind."""
        for stack in stacks:
            stack.singles = stack.pile.orders
            self._draw(stack.pile.tariff, stack.singles)
        excess = self._excess(stacks)
        if not excess.orders:
            return
        self._reopen()
        while excess.orders:
            best = self._best(self.stacks)
            after = self._try(*best, stacks, excess) if best else self._try_two(stacks, excess)
            if after is not None:
                excess = after
                self._reopen()
            elif best is None:
                break
        self._leave(stacks, excess)

    def _try(self, stack: Stack, step: PileStep, stacks: list[Stack], excess: Excess) -> Excess | None:
        """Take a step, or as much of it as the class can spare, if that helps. Returns what is then too much."""
        for _ in range(2):
            self._move(stack, step)
            after = self._excess(stacks)
            if after.is_better_than(excess):
                stack.take(step)
                return after
            self._move(stack, step, -1)
            if not 0 < after.lacking < step.orders:
                break
            step = step._replace(orders=step.orders - after.lacking)
        stack.block(step)
        return None

    def _try_two(self, stacks: list[Stack], excess: Excess) -> Excess | None:
        """Two steps at once, of different stacks: where two buckets are in the way, one alone may not help."""
        if len(self._over()) == 1:
            return None
        self._reopen()
        steps = [(stack, step) for stack in self.stacks if (step := stack.head())]
        for both in combinations(steps, 2):
            for stack, step in both:
                self._move(stack, step)
            after = self._excess(stacks)
            for stack, step in both:
                if after.is_better_than(excess):
                    stack.take(step)
                else:
                    self._move(stack, step, -1)
            if after.is_better_than(excess):
                return after
        return None

    def _merge(self, stacks: list[Stack]) -> None:
        """Take every step that saves requests and stays under the ceilings."""
        self._reopen()
        while best := self._best(stacks):
            stack, step = best
            if step.orders > step.is_new:
                self._move(stack, step)
                if not self._over():
                    stack.take(step)
                    continue
                self._move(stack, step, -1)
            stack.block(step)

    def _reopen(self) -> None:
        """Let steps that did not help be looked at again: another one may have made the difference."""
        for stack in self.stacks:
            stack.is_closed = stack.is_done = stack.is_settled

    def _leave(self, stacks: list[Stack], excess: Excess) -> None:
        """Take back what is too much."""
        for stack, own in zip(stacks, excess.own, strict=False):
            orders = min(own, stack.singles)
            stack.singles -= orders
            self._draw(stack.pile.tariff, -orders)
        orders = min(excess.orders - sum(excess.own), sum([stack.singles for stack in stacks]))
        if orders > 0:
            self.waived[stacks[0].pile.service] = orders
            for bucket, units in enumerate(zip(*[stack.pile.tariff.singles for stack in stacks], strict=True)):
                self.drawn[bucket] -= orders * min(units)
            for stack in stacks:
                stack.is_settled = True

    def _excess(self, stacks: list[Stack]) -> Excess:
        """What the ceilings do not let go of a class, whose orders are admitted last."""
        over = self._over()
        if not over:
            return NO_EXCESS
        own, shared = [0] * len(stacks), []
        for bucket, units in over:
            singles = [stack.pile.tariff.singles[bucket] for stack in stacks]
            if not any(singles):
                return Excess(units, lacking=units)
            if singles.count(0) == len(singles) - 1:
                place = singles.index(max(singles))
                own[place] = max(own[place], -(-units // singles[place]))
            else:
                shared.append((units, singles))
        alone = [stack.singles for stack in stacks]
        prices = [
            (sum([singles[place] for _, singles in shared]), sum(stack.pile.tariff.singles))
            for place, stack in enumerate(stacks)
        ]
        if shared and min(prices) < max(prices):
            _keep_dearest(own, alone, shared, prices)
        rest = 0
        for units, singles in shared:
            kept = sum([orders * single for orders, single in zip(own, singles, strict=True)])
            rest = max(rest, -((kept - units) // min([single for single in singles if single])))
        lacking = max(0, sum(own) + rest - sum(alone), *[more - there for more, there in zip(own, alone, strict=True)])
        return Excess(sum(own) + rest, tuple(own), lacking)

    def _best(self, stacks: Iterable[Stack]) -> tuple[Stack, PileStep] | None:
        """The step that moves most orders, joins a batch, leads to most full steps, is of the highest class, the oldest."""
        found = None
        for stack in stacks:
            step = stack.head()
            if step is not None:
                tariff = stack.pile.tariff
                whole = step.follow // tariff.step_orders
                if whole > 1:
                    whole = min(whole, self._steps_left(tariff))
                key = (-step.orders, step.is_new, -whole, stack.pile.service, -step.follow, step.first_id)
                if found is None or key < found[0]:
                    found = key, stack, step
        return found and found[1:]

    def _steps_left(self, tariff: Tariff) -> int:
        """Steps for which there are units."""
        left = [
            (self._ceilings[draw.bucket][not tariff.is_cancel] - self.drawn[draw.bucket]) // draw.step
            for draw in tariff.draws
            if draw.step
        ]
        return min(left, default=tariff.batch_orders)

    def _over(self) -> list[tuple[int, int]]:
        """Buckets over their ceilings, and by how many units."""
        return [
            (bucket, drawn - ceiling[by_others > 0])
            for bucket, (drawn, by_others, ceiling) in enumerate(
                zip(self.drawn, self._by_others, self._ceilings, strict=True)
            )
            if drawn > ceiling[by_others > 0]
        ]

    def _move(self, stack: Stack, step: PileStep, sign: int = 1) -> None:
        """Draw what a step makes of some orders' requests, without taking it yet."""
        self._draw(stack.pile.tariff, -sign * step.orders, sign * step.is_new, sign)
        stack.singles -= sign * step.orders

    def _draw(self, tariff: Tariff, singles: int, batches: int = 0, steps: int = 0) -> None:
        """Draw for so many more requests for one order, batches and steps; a step moves orders from the one to the other."""
        for bucket, single, batch, step, order in tariff.draws:
            units = singles * single + batches * batch + steps * step
            if steps:
                units -= singles * order
            self.drawn[bucket] += units
            if not tariff.is_cancel:
                self._by_others[bucket] += units


def _keep_dearest(
    own: list[int], alone: Sequence[int], shared: Sequence[tuple[int, Sequence[int]]], prices: Sequence[tuple[int, int]]
) -> None:
    """Where orders of a class do not cost the same, it is not free whose stay behind: the fewest do if the dearest do.

    Args:
        own: by stack, the orders that stay behind anyhow; to be added to.
        shared: of each bucket that several stacks draw on, the units too much and what an order of each stack costs.
        prices: by stack, what an order costs in those buckets, and in all.
    """
    for place in sorted(range(len(own)), key=prices.__getitem__, reverse=True):
        more = 0
        for units, singles in shared:
            if singles[place]:
                left = units - sum([kept * single for kept, single in zip(own, singles, strict=True)])
                more = max(more, -(-left // singles[place]))
        own[place] += min(more, alone[place] - own[place])
