"""One finding, as a person reads it."""

from __future__ import annotations

from framework.plugins.check import Finding


def test_a_finding_reads_as_file_line_what_and_fix() -> None:
    assert Finding("x.py", 3, "odd", "mend it").text == "x.py:3: odd (mend it)"
    assert Finding("x.py", 0, "odd").text == "x.py: odd"
    assert Finding("x.py", 3, "odd", is_warning=True).text == "x.py:3: warning: odd"
