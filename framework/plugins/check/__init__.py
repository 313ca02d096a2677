"""What `run.py check` finds: in plugins, without running them first, and in settings."""

from framework.plugins.check.finding import Finding as Finding
from framework.plugins.check.settings import check_settings as check_settings
from framework.plugins.check.settings import parameter_faults as parameter_faults
from framework.plugins.check.source import check_plugins as check_plugins
from framework.plugins.check.source import check_source as check_source
from framework.plugins.check.source import handler_warnings as handler_warnings
