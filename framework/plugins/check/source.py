"""Everything that is wrong with the plugins: their source first; what is sound is imported."""

from __future__ import annotations

import ast
from pathlib import Path

from framework.config import Config
from framework.model.errors import PluginError
from framework.plugins.check.attributes import check_attributes
from framework.plugins.check.calls import check_calls
from framework.plugins.check.finding import Finding
from framework.plugins.check.handlers import check_handlers
from framework.plugins.check.imports import check_imports
from framework.plugins.check.reading import SourceFile
from framework.plugins.check.verbs import check_verbs
from framework.plugins.found import Plugin, find_plugins, readable_path, search
from framework.plugins.load import Library

CHECKS = (check_handlers, check_imports, check_calls, check_attributes, check_verbs)


def check_plugins(library: Library) -> list[Finding]:
    """The findings of every plugin of a folder and of installed packages."""
    found = search(library.folder)
    findings = [Finding(readable_path(library.folder), 0, fault) for fault in found.faults.values()]
    for plugin in found.plugins.values():
        findings += _plugin(plugin, library)
    return findings


def _plugin(plugin: Plugin, library: Library) -> list[Finding]:
    try:
        findings = [finding for path in plugin.sources() for finding in check_source(path)]
        if any(not finding.is_warning for finding in findings):
            return findings
        if not library.strategies_of(plugin):
            fix = "write one, or begin the name of a helper with _"
            findings.append(Finding(plugin.where, 0, "no subclass of Strategy in it", fix))
    except PluginError as error:
        findings = [_from_error(error, plugin)]
    return findings


def _from_error(error: PluginError, plugin: Plugin) -> Finding:
    """A PluginError's text, taken apart where it begins with file and line."""
    file, _, rest = str(error).partition(":")
    line, _, what = rest.partition(": ")
    return Finding(file, int(line), what) if line.isdigit() else Finding(plugin.where, 0, str(error))


def handler_warnings(config: Config) -> list[str]:
    """What `run.py check` finds in the handlers of the plugins that a run uses, as lines to warn with at its start.

    A handler whose name is misspelt is never called: such a strategy trades nothing, and nothing fails.
    """
    names = dict.fromkeys(seat.use.partition(":")[0] for seat in config.seats())
    found = find_plugins()
    sources = [path for name in names if name in found for path in found[name].sources()]
    return [f"warning: {finding.text}" for path in sources for finding in _handlers_of(path)]


def _handlers_of(path: Path) -> list[Finding]:
    try:
        return list(check_handlers(SourceFile(readable_path(path), ast.parse(path.read_bytes()))))
    except (SyntaxError, OSError, ValueError):
        return []  # whoever imports it says more


def check_source(path: Path) -> list[Finding]:
    """The findings of one file, by line. Nothing of it is run."""
    file = readable_path(path)
    try:
        tree = ast.parse(path.read_bytes(), filename=file)
    except SyntaxError as error:
        return [Finding(file, error.lineno or 0, f"is not Python: {error.msg}", "mend the line")]
    except (OSError, ValueError) as error:
        return [Finding(file, 0, f"cannot be read: {error}", "check its permissions and content")]
    reading = SourceFile(file, tree)
    found = [finding for check in CHECKS for finding in check(reading)]
    return sorted(found, key=lambda finding: (finding.line, finding.what))
