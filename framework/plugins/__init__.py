"""Strategy plugins: found in `strategies/` and by entry point, imported by path, verified."""

from framework.plugins.found import Plugin as Plugin
from framework.plugins.found import code_digest as code_digest
from framework.plugins.found import find_plugins as find_plugins
from framework.plugins.load import Library as Library
from framework.plugins.load import load_plugin as load_plugin
from framework.plugins.load import make as make
