"""Which plugins there are, and which names, links and doubles are refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from framework.model.errors import PluginError
from framework.plugins import code_digest, find_plugins
from framework.plugins.found import plugin_named, search

Write = Callable[..., Path]


def test_files_and_folders_are_plugins_sorted_by_name(folder: Path, write: Write) -> None:
    for name in ("zeta.py", "alpha/__init__.py", "_helper.py", ".hidden.py", "notes.txt", "no_init/file.py"):
        write(name)
    assert list(find_plugins(folder)) == ["alpha", "zeta"]
    assert find_plugins(folder)["alpha"].where == "strategies/alpha/__init__.py"


def test_a_folder_that_is_not_there_has_no_plugins(folder: Path) -> None:
    assert find_plugins(folder / "nowhere") == {}


def test_an_installed_package_is_found_by_its_entry_point(folder: Path, install: Callable[..., Path]) -> None:
    install("zz_small_plugin", {"small": "zz_small_plugin:Installed"})
    assert find_plugins(folder)["small"].where == "entry point small = zz_small_plugin:Installed"


def test_a_name_in_the_folder_and_among_entry_points_is_refused(
    folder: Path, write: Write, install: Callable[..., Path]
) -> None:
    write("small.py")
    install("zz_twin_plugin", {"small": "zz_twin_plugin:Installed"})
    assert "small" not in find_plugins(folder)
    with pytest.raises(
        PluginError, match=r"small: found twice, strategies/small\.py and entry point small = .*; rename"
    ):
        plugin_named("small", folder)


@pytest.mark.fault("A4")
@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "a/b", "a.b", "Upper", "", "x" * 65, "ünï", "a\0b"])
def test_a_name_is_no_path(folder: Path, name: str) -> None:
    with pytest.raises(PluginError, match="expected a plugin's name of 1 to 64 of a-z, 0-9 and _"):
        plugin_named(name, folder)


def test_a_file_with_an_odd_name_is_left_out_and_explained(folder: Path, write: Write) -> None:
    write("sma cross (copy).py")
    found = search(folder)
    assert found.plugins == {}
    assert list(found.faults) == ["sma cross (copy)"]
    assert "rename it" in found.faults["sma cross (copy)"]


@pytest.mark.fault("A4")
def test_a_link_out_of_the_folder_is_refused(folder: Path, write: Write, tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    outside.write_text("")
    (folder / "linked.py").symlink_to(outside)
    (folder / "inside.py").symlink_to(write("real.py").absolute())
    assert list(find_plugins(folder)) == ["inside", "real"]
    with pytest.raises(PluginError, match=r"strategies/linked\.py: a link out of strategies; copy the file"):
        plugin_named("linked", folder)


def test_an_unknown_name_comes_with_the_nearest(folder: Path, write: Write) -> None:
    write("sma_cross.py")
    with pytest.raises(PluginError, match=r"no plugin 'smacross' in strategies .*; did you mean 'sma_cross'\?"):
        plugin_named("smacross", folder)


def test_the_digest_changes_with_the_code_and_with_nothing_else(folder: Path, write: Write) -> None:
    write("one.py", "A = 1\n")
    write("two/__init__.py", "A = 1\n")
    write("two/inner/more.py", "B = 1\n")
    plugins = find_plugins(folder)
    before = {name: code_digest(plugin) for name, plugin in plugins.items()}
    write("two/notes.txt", "not code")
    assert {name: code_digest(plugin) for name, plugin in plugins.items()} == before
    write("one.py", "A = 2\n")
    write("two/inner/more.py", "B = 2\n")
    after = {name: code_digest(plugin) for name, plugin in plugins.items()}
    assert all(after[name] != before[name] for name in before)
    assert len(before["one"]) == 64


def test_the_digest_covers_the_names_of_the_files(folder: Path, write: Write) -> None:
    write("one/__init__.py", "A = 1\n")
    inner = write("one/first.py", "B = 1\n")
    before = code_digest(find_plugins(folder)["one"])
    inner.rename(inner.with_name("second.py"))
    assert code_digest(find_plugins(folder)["one"]) != before


def test_the_digest_of_an_installed_plugin_is_of_its_package(folder: Path, install: Callable[..., Path]) -> None:
    module = install("zz_digest_plugin", {"packed": "zz_digest_plugin:Installed"})
    before = code_digest(find_plugins(folder)["packed"])
    module.write_text(module.read_text() + "# changed\n")
    assert code_digest(find_plugins(folder)["packed"]) != before


def test_an_entry_point_without_its_module_says_so(folder: Path, install: Callable[..., Path]) -> None:
    install("zz_empty_plugin", {"lost": "zz_nowhere_at_all:Gone"})
    with pytest.raises(PluginError, match="expected a module zz_nowhere_at_all, found none; reinstall its package"):
        code_digest(find_plugins(folder)["lost"])
