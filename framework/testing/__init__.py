"""The testing kit for strategies: `trial` puts one on a market you move by hand."""

from framework.testing.kit import OpenOrders as OpenOrders
from framework.testing.kit import Trial as Trial
from framework.testing.kit import trial as trial
