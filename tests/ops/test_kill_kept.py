"""A kill that no daemon answers."""

from __future__ import annotations

from pathlib import Path

from framework.kernel.account_lock import FolderLock
from framework.kernel.kill_requests import KillRequest, KillRequests
from framework.ops.kill_kept import accounts_below, keep_for, kept_below

ASKED = KillRequest("global", "odd", "operator")


def test_accounts_are_found_below_the_folder_of_runs_or_named(tmp_path: Path) -> None:
    account = tmp_path / "live" / "bitget-main"
    FolderLock(account).release()
    (tmp_path / "paper" / "run").mkdir(parents=True)
    assert accounts_below(tmp_path, None) == [account]
    assert accounts_below(tmp_path, account) == [account]
    assert accounts_below(tmp_path, account / "control.sock") == [account]
    assert accounts_below(tmp_path, tmp_path / "paper" / "run") == []


def test_where_nothing_runs_it_is_kept_for_the_next_start(tmp_path: Path) -> None:
    answer = keep_for([tmp_path], ASKED, lambda _: None)
    assert (answer["gate"], answer["sweep"]) == ("KEPT", "PENDING")
    assert "what starts there next begins tripped" in str(answer["text"])
    assert [request for _, request in KillRequests(tmp_path).fresh()] == [ASKED]


def test_a_daemon_that_does_not_answer_is_given_time_to_take_it(tmp_path: Path) -> None:
    daemon = KillRequests(tmp_path)

    def sleep(_wait_s: float) -> None:
        for name, _ in daemon.fresh():
            daemon.forget(name)

    with FolderLock(tmp_path):
        answer = keep_for([tmp_path], ASKED, sleep)
        assert (answer["gate"], answer["sweep"]) == ("CONFIRMED", "")
        answer = keep_for([tmp_path], ASKED, lambda _: None)
        assert answer["gate"] == "KEPT"
        assert "holds it and does not answer" in str(answer["text"])


def test_what_is_kept_is_told_with_what_comes_of_it(tmp_path: Path) -> None:
    account = tmp_path / "live" / "bitget-main"
    FolderLock(account).release()
    assert kept_below(tmp_path, None) == []
    keep_for([account], KillRequest("strategy:mm", "odd fills", "ann", is_hard=True, flatten=True), lambda _: None)
    (told,) = kept_below(tmp_path, None)
    assert told == (
        f"{account}: kill --flatten of strategy:mm, asked by ann: odd fills; what starts there next begins tripped by it; "
        "run.py status names the trip then, and run.py arm lifts it, in two steps"
    )
    assert kept_below(tmp_path, account) == [told]
    assert len(list((account / "kills").iterdir())) == 1  # whoever looks leaves it to the daemon
    with FolderLock(account):
        (told,) = kept_below(tmp_path, account)
        assert "takes it as soon as it goes on, or what starts there next" in told


def test_what_is_kept_and_cannot_be_read_is_told_too(tmp_path: Path) -> None:
    FolderLock(tmp_path / "live" / "bitget-main").release()
    kills = tmp_path / "live" / "bitget-main" / "kills"
    kills.write_text("no folder", encoding="utf-8")
    (told,) = kept_below(tmp_path, None)
    assert told.startswith(f"{kills}: expected a folder that can be read, found")
    assert told.endswith("; nothing starts there until it can")
