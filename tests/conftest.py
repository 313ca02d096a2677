"""What all tests share."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from framework.kernel.logging import configure

# "ci" is the default: the same examples on every machine, so a failure is a change and not chance.
settings.register_profile(
    "ci", derandomize=True, deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
# HYPOTHESIS_PROFILE=deep looks for new failures; each one found becomes an @example.
settings.register_profile("deep", deadline=None, max_examples=2_000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(autouse=True)
def log_as_at_the_start() -> None:
    """Each test begins with the log that a process begins with, whatever the one before it set up."""
    configure(lambda: 0)
