"""The house rules as tests. Each failure says which rule, why there is one, and where it is broken.

An exception to a rule stands in a dict beside it, with its reason; an exception that is no longer needed fails too.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import inspect
import re
import subprocess
import sys
import types
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import framework

ROOT = Path(__file__).resolve().parents[1]


def files(pattern: str) -> list[str]:
    """Paths below the project folder, as they are named in messages."""
    return sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob(pattern))


FRAMEWORK = files("framework/**/*.py")
STRATEGIES = files("strategies/**/*.py")
SOURCES = FRAMEWORK + STRATEGIES
LOCKS = files("*.lock")


@cache
def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def tree(path: str) -> ast.Module:
    return ast.parse(text(path), filename=path)


def at(path: str, node: ast.AST, what: str) -> str:
    return f"{path}:{getattr(node, 'lineno', 1)}: {what}"


def obey(rule: str, found: list[str]) -> None:
    """Fail with the rule and every place that breaks it."""
    if found:
        pytest.fail("\n".join([*found, "", f"The rule: {rule}"]), pytrace=False)


# --- 1, 2: short files, short functions ------------------------------------------------------------------------------

FILE_LINES_MAX = 400
LONG_FILES: dict[str, str] = {}  # path -> decision record

FUNCTION_LINES_MAX = 60
LONG_FUNCTIONS: dict[str, str] = {}  # "path:Class.function" -> reason


def functions(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every function with its dotted name."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{prefix}{child.name}", child
        is_named = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        yield from functions(child, f"{prefix}{child.name}." if is_named else prefix)


@pytest.mark.parametrize("path", SOURCES)
def test_a_file_is_short(path: str) -> None:
    rule = (
        f"a file is one noun; at {FILE_LINES_MAX} lines it has become two. Split it, or write a decision record and "
        "list it in LONG_FILES. A listed file that is short again leaves the list."
    )
    lines = text(path).count("\n")
    if (lines > FILE_LINES_MAX) != (path in LONG_FILES):
        obey(rule, [f"{path}: {lines} lines, listed: {path in LONG_FILES}"])


@pytest.mark.parametrize("path", SOURCES)
def test_a_function_is_short(path: str) -> None:
    rule = (
        f"about 6 lines, 25 is long, past {FUNCTION_LINES_MAX} nobody holds it in the head. Split it, or list it in "
        "LONG_FUNCTIONS with the reason. A listed function that is short again leaves the list."
    )
    found = []
    for name, function in functions(tree(path)):
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        if (lines > FUNCTION_LINES_MAX) != (f"{path}:{name}" in LONG_FUNCTIONS):
            found.append(at(path, function, f"{name}: {lines} lines"))
    obey(rule, found)


# --- 3: modes differ in one place ------------------------------------------------------------------------------------

MODES = {"live", "paper", "backtest", "replay"}
MAY_KNOW_THE_MODE = ("framework/app/", "framework/cli/", "framework/config.py", "framework/config/")


def mode_names(node: ast.AST) -> list[str]:
    """The modes among the string constants of a comparison or of a case."""
    if not isinstance(node, ast.Compare | ast.MatchValue):
        return []
    return [str(part.value) for part in ast.walk(node) if isinstance(part, ast.Constant) and part.value in MODES]


@pytest.mark.parametrize("path", [path for path in SOURCES if not path.startswith(MAY_KNOW_THE_MODE)])
def test_no_mode_is_asked_for_outside_the_app(path: str) -> None:
    rule = (
        "live, paper, backtest and replay are one engine put together differently by framework/app/. Code that asks "
        "for the mode was not tested by the other three. Hand over what differs (a clock, a feed, a port) instead."
    )
    obey(rule, [at(path, node, f"asks for {name!r}") for node in ast.walk(tree(path)) for name in mode_names(node)])


# --- 4: no float in the ledger ---------------------------------------------------------------------------------------

EXACT = ["framework/model/money.py", "framework/engine/ledger.py", "framework/engine/portfolio.py"]
FLOAT_VIEWS: dict[str, str] = {}  # "path:Class.function" -> why this view gives floats


def floats(node: ast.AST) -> Iterator[ast.AST]:
    """Float literals, calls of float(), and annotations that say float."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, float):
            yield part
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id == "float":
            yield part
        annotation = getattr(part, "annotation", None) or getattr(part, "returns", None)
        if annotation is not None and "float" in ast.unparse(annotation):
            yield annotation


@pytest.mark.parametrize("path", EXACT)
def test_there_is_no_float_in_the_ledger(path: str) -> None:
    rule = (
        "money is Decimal, made from text once; a float in a sum loses cents that nobody finds again. Convert at the "
        "edge where a strategy reads, or list a function that only shows figures in FLOAT_VIEWS."
    )
    views = [node for name, node in functions(tree(path)) if f"{path}:{name}" in FLOAT_VIEWS]
    excused = {part for view in views for part in ast.walk(view)}
    obey(rule, [at(path, part, ast.unparse(part)) for part in floats(tree(path)) if part not in excused])


# --- 5: one maker of Cleared -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SOURCES)
def test_only_the_gate_makes_a_cleared_batch(path: str) -> None:
    rule = (
        "an OrderPort accepts only Cleared, and only framework/router/gate.py makes one: so no order passes by the "
        "gate, its limits and its kill word. Send intents through the router."
    )
    if path == "framework/router/gate.py":
        return
    calls = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    obey(rule, [at(path, call, "makes Cleared") for call in calls if _last_name(call.func) == "Cleared"])


def _last_name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


# --- 6: who imports the face -----------------------------------------------------------------------------------------

SUBMODULES = {Path(path).parts[1].removesuffix(".py") for path in FRAMEWORK} - {"__init__"}


def imports(path: str) -> Iterator[tuple[ast.stmt, str, list[str]]]:
    """Each import with its module and the names taken from it (none for a plain `import`)."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name, []) for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield node, "." * node.level + (node.module or ""), [alias.name for alias in node.names]


def is_for_strategies(path: str, module: str, names: list[str]) -> bool:
    """The face, the standard library, and a plugin folder's own modules."""
    own = ".".join(Path(path).parts[:2]) if len(Path(path).parts) > 2 else "strategies/"
    if module == "framework":
        return not set(names) & (SUBMODULES - set(framework.__all__))
    return module.partition(".")[0] in sys.stdlib_module_names or f"{module}.".startswith(f"{own}.")


@pytest.mark.parametrize("path", STRATEGIES)
def test_a_strategy_imports_from_the_face_only(path: str) -> None:
    rule = (
        "strategies import from `framework` and the standard library: what lies below the face may change without "
        "notice, and holds what a strategy must not touch. What is missing from the face belongs on it."
    )
    found = [at(path, node, f"imports {module}") for node, module, names in imports(path)
             if not is_for_strategies(path, module, names)]  # fmt: skip
    obey(rule, found)


@pytest.mark.parametrize("path", FRAMEWORK)
def test_nothing_inside_imports_from_the_face(path: str) -> None:
    rule = "the face stands above all layers; whoever imports it from inside imports everything. Import the module."
    found = [at(path, node, f"imports {', '.join(names) or 'framework'} from the face") for node, module, names
             in imports(path) if module == "framework" and not (names and set(names) <= SUBMODULES)]  # fmt: skip
    obey(rule, found)


# --- 7: the face is complete and documented --------------------------------------------------------------------------


def undocumented(name: str, thing: object) -> list[str]:
    """The thing and its public methods and properties, where they lack words."""
    found = [] if inspect.getdoc(thing) else [name]
    if inspect.isclass(thing):
        ours = [parent for parent in thing.__mro__ if parent.__module__.startswith("framework.")]
        members = {member for parent in ours for member, value in vars(parent).items() if _is_behaviour(value)}
        public = sorted(member for member in members if not member.startswith("_"))
        found += [f"{name}.{member}" for member in public if not inspect.getdoc(getattr(thing, member))]
    return found


def _is_behaviour(value: object) -> bool:
    return inspect.isfunction(value) or isinstance(value, property | classmethod | staticmethod)


@pytest.mark.parametrize("name", framework.__all__)
def test_a_name_of_the_face_is_there_and_documented(name: str) -> None:
    rule = (
        "the face is what users read: each name of framework.__all__ resolves, and it and its methods say what they do."
    )
    thing = getattr(framework, name)
    if inspect.isclass(thing) and not (vars(thing).get("__doc__") or "").strip():
        obey(rule, [f"framework.{name} has no docstring of its own"])
    obey(rule, [f"framework.{missing} has no docstring" for missing in undocumented(name, thing)])


def test_the_face_says_the_same_thing_to_people_and_to_type_checkers() -> None:
    rule = "the names under TYPE_CHECKING in framework/__init__.py, its __all__ and what loads lazily are one list, sorted."
    blocks = [node for node in tree("framework/__init__.py").body if isinstance(node, ast.If)]
    typed = [alias.asname or alias.name for block in blocks for node in ast.walk(block)
             if isinstance(node, ast.ImportFrom) for alias in node.names]  # fmt: skip
    obey(rule, sorted(f"framework.{name} is in one list only" for name in set(typed) ^ set(framework.__all__)))
    obey(rule, [] if list(framework.__all__) == sorted(set(framework.__all__)) else ["__all__ is not sorted"])


# --- 8: the code in the docs runs ------------------------------------------------------------------------------------

PAGES = files("README.md") + files("docs/**/*.md")
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
NOT_RUN: dict[str, str] = {}  # "page: first line of the block" -> reason


@pytest.mark.parametrize("page", PAGES)
def test_the_code_of_a_page_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of one page run in order and share their names, as a reader would type them."""
    monkeypatch.chdir(tmp_path)
    module = types.ModuleType("page")
    monkeypatch.setitem(sys.modules, "page", module)
    for match in BLOCK.finditer(text(page)):
        first = match[1].partition("\n")[0]
        if first.startswith("# not run:"):
            rule = "a block that does not run goes stale: make it run, or list it in NOT_RUN with the reason."
            obey(rule, [] if f"{page}: {first}" in NOT_RUN else [f"{page}: {first}"])
            continue
        line = text(page).count("\n", 0, match.start(1))
        exec(compile("\n" * line + match[1], str(ROOT / page), "exec"), vars(module))


LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)")


@pytest.mark.parametrize("page", [*PAGES, "CHANGELOG.md"])
def test_a_page_links_to_what_is_there(page: str) -> None:
    rule = "a link leads to a file of the tree: a page was renamed or never written."
    folder = (ROOT / page).parent
    obey(rule, [f"{page}: {link}" for link in LINK.findall(text(page)) if not (folder / link).exists()])


def test_decisions_are_numbered_in_a_row() -> None:
    rule = "decisions are numbered 1, 2, 3 ... in file name and title; take the next free number."
    pages = files("docs/decisions/*.md")
    found = [f"{page}: expected {number:04} and '# {number}. ...'" for number, page in enumerate(pages, 1)
             if not (Path(page).name.startswith(f"{number:04}-") and text(page).startswith(f"# {number}. "))]  # fmt: skip
    obey(rule, found)


# --- 9, 10: nothing names a machine ----------------------------------------------------------------------------------

HOST_OR_PATH = re.compile(r"https?://|file:|--(?:index|extra-index|find-links)|(?:^|\s)/\w+/", re.MULTILINE)
# The brackets keep this line from finding itself.
PRIVATE = re.compile(r"(?<![\w.])/(?:wor[k]|roo[t])/|/opt/pyp[i]|pyp[i]\.org|pythonhoste[d]")
DATA = {".gz", ".zip", ".png", ".ico", ".woff2"}


@pytest.mark.parametrize("path", LOCKS)
def test_a_lock_names_no_host(path: str) -> None:
    rule = "a lock pins names and hashes; where packages come from is the business of whoever installs them."
    found = [f"{path}:{number}: {line.strip()}" for number, line in enumerate(text(path).splitlines(), 1)
             if HOST_OR_PATH.search(line)]  # fmt: skip
    obey(rule, found)


@cache
def kept() -> list[str]:
    """What is or would be committed; every file outside hidden and made folders where git cannot tell."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        made = {"var", "dist", "__pycache__"}
        listed = [path for path in files("**/*") if not made & set(Path(path).parts) and not path.startswith(".")]
    return [path for path in listed if (ROOT / path).is_file() and Path(path).suffix not in DATA]


def test_no_file_names_the_machine_it_was_made_on() -> None:
    rule = "the project speaks of itself alone: no path of a machine, no address of a package registry."
    found = [f"{path}:{number}: {line.strip()[:100]}" for path in kept()
             for number, line in enumerate((ROOT / path).read_text(encoding="utf-8", errors="replace").splitlines(), 1)
             if PRIVATE.search(line)]  # fmt: skip
    obey(rule, found)


# --- 11: every module has its tests ----------------------------------------------------------------------------------

TESTED_ELSEWHERE: dict[str, str] = {
    "framework/kernel/book_records.py": "tests/kernel/test_records.py",
    "framework/app/control/asked_kill.py": "tests/app/control/test_killing.py",
    "framework/app/control/commands.py": "tests/cli/test_kill.py: over the socket of a run in a process of its own",
    "framework/app/control/guarded.py": "tests/cli/test_kill.py",
    "framework/app/live/arrivals.py": "tests/app/live/test_drive.py",
    "framework/app/live/gateways.py": "tests/app/live/test_start.py: a Protocol; who fills it is checked by type",
    "framework/app/live/session.py": "tests/app/live/test_start.py",
    "framework/app/live/words.py": "tests/app/live/test_start.py",
    "framework/app/live/opened.py": "tests/app/live_house.py: what every live test puts in place of the machine",
    "framework/engine/kept.py": "tests/test_checkpoint.py",
    "framework/kernel/market_records.py": "tests/kernel/test_records.py",
    "framework/router/budget/kept.py": "tests/test_checkpoint.py",
    "framework/router/kill/kept.py": "tests/test_checkpoint.py",
    "framework/router/risk/kept.py": "tests/test_checkpoint.py",
    "framework/app/noted.py": "tests/app/paper/test_on_feed.py",
    "framework/app/replay/silent.py": "tests/app/replay/test_session.py: what a session is played again with",
    "framework/app/live/plain.py": "tests/app/live/test_start.py",
    "framework/app/running.py": "tests/app/live/test_start.py: a Protocol; who fills it is checked by type",
    **{
        f"framework/cli/{verb}.py": "tests/cli/test_kill.py"
        for verb in (
            "adopt",
            "arm",
            "drill",
            "fills",
            "orders",
            "pause",
            "positions",
            "resolve",
            "resume",
            "stop",
            "tell",
        )
    },
    **{
        f"framework/venues/bitget/{name}.py": "tests/venues/bitget/test_asked.py: what each dialect writes, side by side"
        for name in ("classic_futures", "classic_spot", "unified")
    },
    "framework/venues/bitget/seen.py": "tests/venues/bitget/test_orders_seen.py and test_pages.py: what is read into it",
    "framework/venues/bitget/words.py": "tests/venues/bitget/test_orders_seen.py",
    "framework/__init__.py": "tests/test_house.py: the face",
    "framework/venues/bitget/public/frames.py": "tests/venues/bitget/public/test_stream.py: every kind of frame",
    "framework/venues/streams.py": "tests/venues/bitget/public/test_stream.py: words and a Protocol",
    "framework/engine/recall.py": "tests/test_recovery.py: a restart at every record",
    "framework/orphans.py": "tests/test_recovery.py: an orphan is taken in, an unsent order is found",
    "framework/ports.py": "tests/typing: Protocols only; who fills them is checked by type",
    "framework/cli/trading.py": "tests/cli/test_paper.py: runs as a person starts and stops them",
    "framework/cli/sandbox_bitget.py": "tests/app/test_sandbox.py: started as a person starts it",
    "framework/sandbox/bitget/call.py": "tests/sandbox/bitget/test_spot_v2.py, test_rates.py",
    "framework/sandbox/bitget/candles.py": "tests/conformance/test_spot.py, tests/sandbox/bitget/test_minutes.py",
    "framework/sandbox/bitget/clearing.py": "tests/sandbox/bitget/test_spot_v2.py, test_position.py",
    "framework/sandbox/bitget/order_entry.py": "tests/sandbox/bitget/test_spot_v2.py",
    "framework/sandbox/bitget/endpoint.py": "tests/sandbox/bitget/test_rates.py, test_doorman.py",
    "framework/sandbox/bitget/figures.py": "tests/sandbox/bitget/test_spot_v2.py",
    "framework/sandbox/bitget/listings.py": "tests/conformance/test_spot.py",
    "framework/sandbox/bitget/member.py": "tests/sandbox/bitget/test_spot_v2.py",
    "framework/sandbox/bitget/pages.py": "tests/sandbox/bitget/test_spot_v2.py",
    "framework/sandbox/bitget/triggers.py": "tests/sandbox/bitget/test_plans.py",
    "framework/sandbox/bitget/public_v2.py": "tests/conformance/test_spot.py",
    "framework/sandbox/bitget/refused.py": "tests/sandbox/bitget/test_spot_v2.py",
    "framework/sandbox/bitget/routes.py": "tests/sandbox/bitget/test_doorman.py",
    "framework/sandbox/bitget/broadcast.py": "tests/sandbox/bitget/test_server.py, tests/conformance/test_spot_streams.py",
    "framework/sandbox/bitget/control.py": "tests/sandbox/bitget/test_server.py",
    "framework/sandbox/bitget/listener.py": "tests/sandbox/bitget/test_server.py",
    "framework/sandbox/bitget/mix_views.py": "tests/conformance",
    "framework/sandbox/bitget/plan_views.py": "tests/sandbox/bitget/test_plans.py, tests/conformance/test_shapes.py",
    "framework/gateway/bitget/heard.py": "tests/gateway/bitget/test_stream.py, test_plans.py",
    "framework/sandbox/bitget/public_v3.py": "tests/conformance",
    "framework/sandbox/bitget/pushes.py": "tests/conformance/test_spot_streams.py",
    "framework/sandbox/bitget/statements.py": "tests/sandbox/bitget/test_funding.py",
    "framework/sandbox/bitget/streams.py": "tests/sandbox/bitget/test_server.py, tests/conformance/test_spot_streams.py",
    "framework/sandbox/bitget/suffered.py": "tests/sandbox/bitget/test_server.py",
    "framework/sandbox/bitget/topics.py": "tests/sandbox/bitget/test_server.py",
    "framework/sandbox/bitget/unified_views.py": "tests/conformance",
    "framework/sandbox/bitget/spot_views.py": "tests/sandbox/bitget/test_spot_v2.py",
    "framework/sandbox/bitget/wanted.py": "tests/sandbox/bitget/test_mix_v2.py, test_unified_v3.py",
    "framework/sandbox/bitget/venue.py": "tests/sandbox/bitget/test_spot_v2.py",
}


def is_bare(path: str) -> bool:
    """Nothing but a docstring, imports and `__all__`."""
    return all(isinstance(node, ast.Import | ast.ImportFrom) or _is_constant(node) for node in tree(path).body)


def _is_constant(node: ast.stmt) -> bool:
    is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_docstring or (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__")


@pytest.mark.parametrize("path", FRAMEWORK)
def test_a_module_has_a_test_file_of_its_name(path: str) -> None:
    module = Path(path).relative_to("framework")
    name = module.parent.name if module.name == "__init__.py" else module.stem
    folder = module.parent.parent if module.name == "__init__.py" else module.parent
    rule = (
        "tests/ mirrors framework/, so that who changes a module knows which tests speak of it. Write them, or list "
        "the module in TESTED_ELSEWHERE with the file that does. A module that has its own leaves the list."
    )
    has_own = bool(files(f"tests/{folder.as_posix()}/test_{name}.py") + files(f"tests/{folder}/test_{name}_*.py"))
    if not is_bare(path) and has_own == (path in TESTED_ELSEWHERE):
        obey(rule, [f"{path}: tests/{(folder / f'test_{name}.py').as_posix()}, there: {has_own}"])


# --- 12: who may catch everything ------------------------------------------------------------------------------------

CATCH_ALL: dict[str, str] = {
    "framework/app/control/watch_thread.py": "a watch that broke in silence would leave KILL file, SIGUSR1 and stalls unseen",
    "framework/app/written_report.py": "whatever prevents the report, the summary of a finished run is told, and what failed",
    "framework/app/replay/session.py": "a core that breaks where the run did not is a difference, and told as one",
    "framework/app/live/drive.py": "what a turn raises is for whoever awaits its end, as a task keeps it",
    "framework/app/live/session.py": "a bug of ours trips the kill switch, takes orders back and keeps the journal, then ends the run",
    "framework/gateway/pool.py": "a bug of ours in one request must not lose the outcome of another; it goes to the loop's handler",
    "framework/engine/host.py": "a strategy's fault quarantines that strategy and no other",
    "framework/router/router.py": "an intent that cannot be taken puts its strategy aside and no other",
    "framework/plugins/load.py": "a plugin's import may raise anything; it becomes a PluginError with file and line",
}


@pytest.mark.parametrize("path", [path for path in SOURCES if path not in CATCH_ALL])
def test_only_two_places_catch_everything(path: str) -> None:
    rule = (
        "errors are cut by remedy (framework/model/errors.py): who catches Exception has none, and hides our own bugs. "
        "Catch what you can remedy, or list the file in CATCH_ALL with the reason."
    )
    handlers = [node for node in ast.walk(tree(path)) if isinstance(node, ast.ExceptHandler)]
    obey(rule, [at(path, handler, "catches everything") for handler in handlers if _catches_all(handler)])


def _catches_all(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or _last_name(kind) in {"Exception", "BaseException"} for kind in caught)


# --- locks and bundled data ------------------------------------------------------------------------------------------


def pins(path: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9][\w.-]*==\S+)", text(path), re.MULTILINE))


def test_the_test_tools_stand_on_the_very_packages_that_run() -> None:
    rule = "requirements-dev.lock is made with `-c requirements.lock`: run.py takes installing it for installing both."
    obey(rule, sorted(f"requirements-dev.lock lacks {pin}" for pin in pins(LOCKS[1]) - pins(LOCKS[0])))


@pytest.mark.fault("A14")
@pytest.mark.parametrize("path", LOCKS)
def test_every_pin_has_hashes(path: str) -> None:
    blocks = re.split(r"^(?=[a-z0-9])", text(path), flags=re.MULTILINE)[1:]
    obey("a pin without a hash pins a name only.", [block[:60] for block in blocks if "--hash=sha256:" not in block])


@pytest.mark.parametrize("folder", sorted({str(Path(path).parent) for path in files("framework/data/tapes/*/*")
                                           if Path(path).name in {"NOTICE", "LICENSE", "SHA256SUMS"}}))  # fmt: skip
def test_a_bundled_tape_is_what_its_notice_says(folder: str) -> None:
    rule = "data made by others comes with its NOTICE and LICENSE, is named in the top NOTICE, and equals SHA256SUMS."
    papers = {"NOTICE", "LICENSE", "SHA256SUMS", "tape.toml"}
    missing = sorted(name for name in papers if not (ROOT / folder / name).is_file())
    obey(rule, [f"{folder}/{name} is missing" for name in missing])
    obey(rule, [] if folder in text("NOTICE") else [f"NOTICE does not name {folder}"])
    listed = dict(reversed(line.split("  ", 1)) for line in text(f"{folder}/SHA256SUMS").splitlines())
    there = {path.relative_to(ROOT / folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
             for path in (ROOT / folder).rglob("*") if path.is_file() and path.name not in papers}  # fmt: skip
    obey(rule, sorted(f"{folder}/{name}: not as listed" for name, _ in there.items() ^ listed.items()))


def test_exceptions_name_what_exists() -> None:
    rule = "an exception for a thing that is gone is a hole for the next one."
    named = [*LONG_FILES, *(key.partition(":")[0] for key in [*LONG_FUNCTIONS, *FLOAT_VIEWS, *NOT_RUN])]
    named += [*TESTED_ELSEWHERE, *CATCH_ALL, *EXACT, "framework/router/gate.py"]
    obey(rule, [f"{path} does not exist" for path in sorted(set(named)) if not (ROOT / path).exists()])


def test_every_module_can_be_imported() -> None:
    """The rules above read text; this one sees to it that the text is a program."""
    for path in FRAMEWORK:
        importlib.import_module(path.removesuffix(".py").removesuffix("/__init__").replace("/", "."))


# --- 13: commands that words name ------------------------------------------------------------------------------------


def test_every_command_that_words_name_is_one() -> None:
    rule = "who is told `run.py VERB` tries it: name one of framework.cli.VERBS"
    verbs = importlib.import_module("framework.cli").VERBS
    places = [*FRAMEWORK, *files("docs/**/*.md"), *files("config/*.toml"), "README.md"]
    named = ((path, word) for path in places for word in re.findall(r"run\.py ([a-z]+)\b", text(path)))
    obey(rule, sorted({f"{path}: run.py {word}" for path, word in named if word not in verbs}))


# --- 14: one word, one thing -----------------------------------------------------------------------------------------

SHARED_NAMES: dict[str, str] = {
    "Fill": "on the face as strategies get it, with floats; `exact` in it is that of framework/model/events.py",
}


def test_no_two_classes_share_a_name() -> None:
    rule = (
        "who reads or searches for a name finds one thing. Take the field's own term for the less natural of the two, "
        "or say what it is of; a leading underscore does not set names apart. SHARED_NAMES says why one is shared."
    )
    places: dict[str, list[str]] = {}
    for path in FRAMEWORK:
        for node in tree(path).body:
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name.lstrip("_"), []).append(at(path, node, f"class {node.name}"))
    shared = {name for name, found in places.items() if len(found) > 1}
    obey(rule, [place for name in sorted(shared - set(SHARED_NAMES)) for place in places[name]])
    obey(rule, [f"{name} is listed in SHARED_NAMES and not shared" for name in sorted(set(SHARED_NAMES) - shared)])
