"""Code that is another one than a run was made with: it may decide otherwise, which is no difference of the run."""

from __future__ import annotations

from collections.abc import Iterator

from framework.kernel.records import RunStarted
from framework.model.errors import DataError


def other_code(where: str, started: RunStarted, here: RunStarted, *, is_fine: bool) -> tuple[str, ...]:
    """What is another one here, in words.

    Args:
        where: which run, for the message.
        is_fine: a person wants it played all the same.

    Raises:
        DataError: there is some, and nobody said that it is fine.
    """
    changes = tuple(_changes(started, here))
    if changes and not is_fine:
        raise DataError(
            f"{where}: expected what it was made with: {'; '.join(changes)}; replay it with those, or see with "
            "--with-changes where the first decision differs"
        )
    return changes


def _changes(started: RunStarted, here: RunStarted) -> Iterator[str]:
    if started.python != here.python:
        yield f"Python {started.python}, here {here.python}"
    if started.framework != here.framework:
        yield f"framework {started.framework}, here {here.framework}"
    for plugin, digest in started.plugins.items():
        now = here.plugins.get(plugin, "none")
        if now != digest:
            yield f"plugin {plugin} with code {digest[:12]}..., here {now[:12]}..."
