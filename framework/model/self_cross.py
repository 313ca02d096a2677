"""What becomes of an order that would trade with another one of ours."""

from enum import StrEnum


class SelfCross(StrEnum):
    """`[router] self_cross`: the newer order yields, one way or another."""

    HOLD = "hold"
    """It waits until the two cannot trade, for as long as an order may be old."""
    REFUSE = "refuse"
    """It is refused."""
    CROSS = "cross"
    """Both are matched inside, at the middle, where neither has left and both allow it; else it waits. Never live."""
