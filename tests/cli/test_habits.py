"""Words of other bots."""

from __future__ import annotations

import pytest

from framework.cli import DONE, USAGE, VERBS, main
from framework.cli.habits import MEANT, meant_by


@pytest.mark.parametrize("word", MEANT)
def test_a_word_of_another_bot_is_no_verb_and_names_ours(word: str) -> None:
    assert word not in VERBS
    assert MEANT[word].partition(" ")[0].rstrip(",;") in VERBS


def test_whoever_types_panic_reads_that_nothing_was_done(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["panic"]) == USAGE
    assert capsys.readouterr().err == (
        "run.py: no verb 'panic'; it did NOTHING: here it is run.py kill; see run.py --help\n"
    )
    assert meant_by("papre") == ""


def test_version_and_help_are_what_everybody_tries(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == DONE
    assert capsys.readouterr().out.startswith("framework 0.")
    assert main(["help"]) == DONE
    assert "verbs (run.py VERB --help tells more):" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["help", "kill"])
    assert "usage: run.py kill" in capsys.readouterr().out
