"""The report of a run that is over, written beside its journal, whatever happens."""

from __future__ import annotations

from pathlib import Path

from framework.model.errors import DataError
from framework.reports.session import Session
from framework.reports.summary import Summary


def written(path: Path, session: Session, summary: Summary) -> list[str]:
    """Write the report. What prevents it, whatever that is, takes nobody the summary; it is given in words."""
    try:
        from framework.reports.html import write_report  # the run is over: its start need not wait for this

        write_report(path, session, summary)
    except DataError as error:
        return [str(error)]
    except Exception as error:  # noqa: BLE001  # names and numbers of plugins are drawn there
        return [f"report {path}: not written, {type(error).__name__}: {error}; please report it with the journal"]
    return []
