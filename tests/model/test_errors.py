"""The error tree: cut by remedy, drawn at the top of its file as it is."""

from __future__ import annotations

import inspect
import re

from framework.model import errors

CLASSES = {name: kind for name, kind in vars(errors).items() if inspect.isclass(kind)}


def drawn() -> dict[str, str]:
    """Name -> parent, as the docstring of the module draws them."""
    found: dict[str, str] = {}
    above: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        match = re.match(r"( {4}[ |`-]*)([A-Z]\w+)", line)
        if match is None:
            continue
        depth, name = len(match[1]), match[2]
        above = [(column, parent) for column, parent in above if column < depth]
        found[name] = above[-1][1] if above else "Exception"
        above.append((depth, name))
    return found


def test_the_tree_is_drawn_as_it_is() -> None:
    assert {name: kind.__bases__[0].__name__ for name, kind in CLASSES.items()} == drawn()


def test_every_error_says_what_it_is_for() -> None:
    assert all(kind.__doc__ for kind in CLASSES.values())


def test_a_number_off_the_grid_is_a_value_error_too() -> None:
    assert issubclass(errors.GridError, ValueError)


def test_an_unknown_outcome_is_never_asked_for_again() -> None:
    assert not issubclass(errors.UnknownOutcome, errors.Retryable)
    assert not issubclass(errors.Rejected, errors.Retryable)
    assert not issubclass(errors.AuthError, errors.Retryable)


def test_facts_are_kept_beside_the_message() -> None:
    limited, rejected = errors.RateLimited("429", 1.5), errors.Rejected("no", "43012")
    assert (str(limited), limited.retry_after_s) == ("429", 1.5)
    assert (str(rejected), rejected.code) == ("no", "43012")
