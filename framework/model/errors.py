"""The error tree, cut by what the person or the caller should do.

    FrameworkError
    |- ConfigError          stop; the message names file and key
    |- DataError            a tape, journal or file of data is not what it says it is
    |- PluginError          put the strategy aside, the others go on
    |- OccupiedError        another process has it: stop that one first
    |- GridError            a price or size that the instrument cannot carry
    |- VenueError           something a venue answered
    |  |- Retryable         nothing happened at the venue; ask again later
    |  |  |- RateLimited    not before `retry_after_s`
    |  |  |- Unreachable
    |  |  `- Timeout        only for questions: an order without an answer is UnknownOutcome
    |  |- Rejected          final; the venue's code is kept
    |  |- AuthError         halt this venue
    |  |- OddAnswer         an answer that cannot be read; the message names the field
    |  `- UnknownOutcome    it may have happened: ask, never repeat
    `- InvariantError       our own bug: halt, keep the journal, leave

Expected outcomes are values (an order report, a refusal); exceptions are for what a caller cannot decide.
A message says what was expected, what was found, where, and what to do.
"""

from __future__ import annotations


class FrameworkError(Exception):
    """Root of every error this framework raises on purpose."""


class ConfigError(FrameworkError):
    """A setting is missing, unknown or impossible. The message names file, key and remedy."""


class DataError(FrameworkError):
    """A tape, a journal or another file of data is damaged or not what was asked for."""


class OccupiedError(FrameworkError):
    """What only one process may have is another one's. The message names it."""


class PluginError(FrameworkError):
    """A strategy plugin cannot be used. The message names file and line."""


class GridError(FrameworkError, ValueError):
    """A price, size or amount that cannot be put on the instrument's grid, or a word of a verb that is none."""


class VenueError(FrameworkError):
    """Something a venue answered, or did not."""


class Retryable(VenueError):
    """Nothing happened at the venue; the same question may be asked again."""


class RateLimited(Retryable):
    """The venue refuses requests for a while.

    Args:
        retry_after_s: seconds until the bucket may be used again.
    """

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Unreachable(Retryable):
    """No connection to the venue: no byte of the request left."""


class Timeout(Retryable):
    """A question got no answer in time. Never used for an order: that is `UnknownOutcome`."""


class Rejected(VenueError):
    """The venue says no, for good.

    Args:
        code: the venue's own code, as text.
    """

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class AuthError(VenueError):
    """The key is not accepted: halt this venue, do not try again."""


class OddAnswer(VenueError):
    """An answer is not what the venue promises. The message names the field. Of an order it proves nothing."""


class UnknownOutcome(VenueError):
    """The request may have taken effect. Ask the venue; never send it again."""


class InvariantError(FrameworkError):
    """One of our own promises is broken: halt, keep the journal, leave."""
