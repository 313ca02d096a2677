"""What all tests share."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from framework.kernel.logging import configure
from tests.reliability import keep_and_show, sums_of

# "ci" is the default: the same examples on every machine, so a failure is a change and not chance.
settings.register_profile(
    "ci", derandomize=True, deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
# HYPOTHESIS_PROFILE=deep looks for new failures; each one found becomes an @example.
settings.register_profile("deep", deadline=None, max_examples=2_000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make long` keeps what its tests count."""
    parser.addoption("--keep", action="store_true", help="keep what long tests count, for the README's table")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config) -> None:
    """Keep what the tests have counted, where all of them passed."""
    if config.getoption("keep") and exitstatus == pytest.ExitCode.OK:
        for name, figures in sums_of(terminalreporter.stats.get("passed", ())).items():
            keep_and_show(name, figures)


@pytest.fixture(autouse=True)
def log_as_at_the_start() -> None:
    """Each test begins with the log that a process begins with, whatever the one before it set up."""
    configure(lambda: 0)
