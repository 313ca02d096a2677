"""Limits over orders: by strategy, instrument, account, and over all together."""

from framework.router.risk.risk import Breached as Breached
from framework.router.risk.risk import Risk as Risk
