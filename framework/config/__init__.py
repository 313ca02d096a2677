"""Settings: TOML layers and `BOT_...` variables become one frozen `Config`, or every fault of them at once."""

from framework.config.faults import ConfigFault as ConfigFault
from framework.config.faults import ConfigFaults as ConfigFaults
from framework.config.live import LiveTable as LiveTable
from framework.config.load import load_config as load_config
from framework.config.seats import StrategySeat as StrategySeat
from framework.config.seats import check_capital as check_capital
from framework.config.tables import Config as Config
from framework.config.tables import Paper as Paper
from framework.config.tables import StrategyTable as StrategyTable
