"""The house keeps its walls: who may know whom, who may wait, who may ask what time it is, and how large things grow."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ("handlers", "schedules", "storage", "bot/words", "bot/care")

FEATURES = {
    "admin", "agenda", "away", "blockers", "cases", "engagements", "feedback", "glossary", "guardrails", "health", "home",
    "hours", "kpis", "onboarding", "people", "privacy", "pulse", "reviews", "risks", "sow", "templates", "transfer",
}  # fmt: skip
# What a layer has beside its features and their parts (hours_offers is a part of hours). Any other file is named here.
BESIDE = {
    "handlers": set(),
    "schedules": {"clock"},
    "storage": {
        "database",
        "deliveries",
        "inbound",
        "jobs",
        "occurrences",
        "postgres",
        "rooms",
        "rows",
        "slots",
        "sqlite",
    },
    "bot/words": {"terms"},  # of engagements: their forms
    "bot/care": {"evaluation", "mood", "occurrences", "terms", "whoswho", "working"},
}

CARE = ("bot.care", "bot.errors")
WORDS = (*CARE, "bot.card", "bot.language", "bot.words")
DOING = (*WORDS, "storage", "bot.access", "bot.chat", "bot.planner")
# The first row that fits a file says what of ours it may import; "=x" is x itself and nothing in it.
MAY_KNOW: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("bot/errors.py", ()),
    ("bot/language.py", ()),
    ("bot/line.py", ()),
    ("bot/card.py", ("bot.line",)),
    ("bot/care/", CARE),
    ("bot/words/", WORDS),
    ("bot/access.py", CARE),
    ("bot/planner.py", ("bot.access", "bot.card", "bot.care")),
    ("bot/chat.py", ("bot.card", "bot.care")),
    ("storage/", (*CARE, "storage")),
    ("handlers/__init__.py", ("bot.chat", "handlers")),
    ("handlers/home.py", (*DOING, "=handlers")),  # help and the Home go through the contents page
    ("handlers/", DOING),
    ("schedules/__init__.py", ("bot.planner", "schedules")),
    ("schedules/clock.py", ()),
    ("schedules/away.py", (*DOING, "=schedules")),  # who comes back is shown what was held back, of every feature
    ("schedules/people.py", (*DOING, "=schedules")),  # a change of clock is told to every feature
    ("schedules/", DOING),
)
# Library -> the only places that may import it.
ONLY_IN = {
    "slack_sdk": ("bot/slack/",),
    "slack_bolt": ("bot/slack/",),
    "botbuilder": ("bot/teams/transport.py",),
    "botframework": ("bot/teams/transport.py",),
    "apscheduler": ("schedules/clock.py",),
    "bot.app": ("bot/cli.py", "bot/demo/"),
    "bot.cli": ("bot/__main__.py",),
    "bot.demo": ("bot/demo/", "bot/cli.py"),
    "tests": (),
}
# Who catches everything, and why nothing narrower would do.
CATCHES_ALL = {
    ("bot/turns.py", "_run"): "the unexpected becomes a sentence with a reference",
    ("bot/turns.py", "_fall"): "one broken occurrence must not keep the others from happening",
    ("bot/packing.py", "_composed"): "one card that cannot be composed must not hold up the others",
    ("bot/courier.py", "run"): "a bad moment of the database must not be the end of all messages",
    ("bot/courier.py", "_carry"): "a bad moment of the database for one message is none for the others",
    ("bot/courier.py", "_deliver"): "one message that cannot be drawn must not hold up the others",
    ("bot/holds.py", "keep"): "a replica that says no more what it has in hand loses it to the others",
    ("bot/app.py", "_met"): "nobody waits for a roster; it is asked for again",
    ("bot/app.py", "patient"): "nobody waits for what the clock does; it happens again",
    ("bot/app.py", "run"): "the same: it is what `patient` makes",
    ("bot/slack/app.py", "answer"): "Slack always gets its answer",
    ("bot/teams/app.py", "http"): "Teams always gets its answer",
    ("bot/teams/transport.py", "_examine"): "the library raises whatever its own libraries do: none of it lets in",
    ("bot/followups.py", "_guarded"): "nobody waits for a follow-up",
    ("storage/postgres.py", "_run"): "whoever waits is told",
    ("storage/sqlite.py", "_commit"): "whoever waits is told",
    ("storage/sqlite.py", "_attempt"): "whoever waits is told",
}
ASKS_THE_TIME = ("bot/app.py", "bot/demo/start.py", "tests/bench/")
CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
LONGEST_FILE, LONGEST_FUNCTION = 400, 50
LONGEST_STORY = 600  # a test file tells a feature's whole story


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def house() -> list[Path]:
    """Everything written by hand."""
    written = sources("bot", "handlers", "schedules", "storage")
    return [path for path in written if "migrations/versions" not in path.as_posix()]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def modules(layer: str) -> set[str]:
    return {path.stem for path in (ROOT / layer).glob("*.py")} - {"__init__"}


def imported(path: Path) -> Iterator[str]:
    """Every module a file imports when it runs, `from x import y` as x.y; type-checking-only imports are left out."""
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            skipped.update(ast.walk(node))
        elif isinstance(node, ast.Import) and node not in skipped:
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node not in skipped:
            assert node.level == 0, f"{name(path)}: say where it is imported from"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(module: str, *packages: str) -> bool:
    return any(module == package.lstrip("=") or module.startswith(f"{package}.") for package in packages)


def ours(module: str) -> bool:
    return within(module, "bot", "handlers", "schedules", "storage", "tests")


# -- who may know whom ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", house(), ids=name)
def test_nobody_knows_more_of_the_house_than_their_layer_may(path: Path) -> None:
    for prefix, known in MAY_KNOW:
        if name(path).startswith(prefix):
            too_much = [module for module in imported(path) if ours(module) and not within(module, *known)]
            assert too_much == [], f"{name(path)} may know {known}"
            return


@pytest.mark.parametrize("path", house(), ids=name)
def test_each_library_and_each_top_has_its_one_place(path: Path) -> None:
    for module in imported(path):
        for package, places in ONLY_IN.items():
            allowed = any(name(path).startswith(place) for place in places)
            assert allowed or not within(module, package), f"{name(path)} imports {module}"


def test_every_layer_has_its_wall() -> None:
    walled = tuple(prefix for prefix, _ in MAY_KNOW)
    assert [name(path) for path in sources(*LAYERS) if not name(path).startswith(walled)] == []


# -- who may wait, who may ask the time, who may catch everything ------------------------------------------


@pytest.mark.parametrize("path", sources(*LAYERS), ids=name)
def test_only_the_bot_awaits(path: Path) -> None:
    if name(path) in (
        "storage/database.py", "storage/jobs.py", "storage/sqlite.py", "storage/postgres.py", "schedules/clock.py",
    ):  # fmt: skip
        return  # the engine room; the types of the jobs it holds
    waiting = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    assert [node for node in ast.walk(tree(path)) if isinstance(node, waiting)] == []
    assert not any(within(module, "asyncio", "threading", "aiohttp") for module in imported(path))


@pytest.mark.parametrize("path", [*house(), *sources("tests")], ids=name)
def test_nobody_below_the_top_asks_what_time_it_is(path: Path) -> None:
    if not name(path).startswith(ASKS_THE_TIME):
        asked = [ast.unparse(node) for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)]
        assert [one for one in asked if ".".join(one.split(".")[-2:]) in CLOCKS] == []


@pytest.mark.parametrize("path", house(), ids=name)
def test_everything_is_caught_only_where_there_is_a_reason(path: Path) -> None:
    for function in (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
        for node in ast.walk(function):
            if isinstance(node, ast.ExceptHandler):
                broad = node.type is None or ast.unparse(node.type) in ("Exception", "BaseException")
                assert not broad or (name(path), function.name) in CATCHES_ALL, f"{name(path)}:{node.lineno}"


def test_nobody_is_excused_who_no_longer_needs_it() -> None:
    catching = {
        (name(path), function.name)
        for path in house()
        for function in ast.walk(tree(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.ExceptHandler) and node.type and ast.unparse(node.type).endswith("Exception")
    }
    assert set(CATCHES_ALL) - catching == set()


# -- the grid ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layer", LAYERS)
def test_every_file_is_a_feature_or_named_beside_them(layer: str) -> None:
    strange = {
        one for one in modules(layer) - BESIDE[layer] if one not in FEATURES and one.split("_")[0] not in FEATURES
    }
    assert strange == set(), "a feature has one name in all layers; what is none is named in tests/test_grid.py"


@pytest.mark.parametrize("layer", LAYERS)
def test_every_file_is_on_its_contents_page(layer: str) -> None:
    package = layer.replace("/", ".")
    page = imported(ROOT / layer / "__init__.py")
    listed = {module.rpartition(".")[2] for module in page if within(module, package)}
    expected = modules(layer) - ({"clock"} if layer == "schedules" else set())
    parts = {one for one in expected if "_" in one and "EXAMPLES" not in (ROOT / layer / f"{one}.py").read_text()}
    assert expected - parts <= listed <= expected


@pytest.mark.parametrize("layer", ["handlers", "schedules"])
def test_the_contents_page_uses_what_it_lists(layer: str) -> None:
    page = (ROOT / layer / "__init__.py").read_text()
    what = {"handlers": "router", "schedules": "planner"}[layer]
    assert {feature for feature in modules(layer) if f"    {feature}.{what}," in page} == modules(layer) - {"clock"}


def test_what_people_do_and_what_the_bot_says_is_of_a_feature_that_has_both() -> None:
    assert modules("handlers") - modules("bot/words") == set()
    assert modules("schedules") - {"clock"} - modules("bot/words") == set()


# -- sizes, names and what is written down -------------------------------------------------------------------


@pytest.mark.parametrize("path", [*house(), *sources("tests")], ids=name)
def test_files_and_functions_stay_small(path: Path) -> None:
    most = LONGEST_STORY if name(path).startswith("tests/test_") else LONGEST_FILE
    assert len(path.read_text().splitlines()) <= most
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{name(path)}: {node.name} has {length} lines"


@pytest.mark.parametrize("path", house(), ids=name)
def test_every_module_and_public_function_says_what_it_does(path: Path) -> None:
    silent = [f"{node.lineno} {node.name}" for node in public(tree(path)) if not ast.get_docstring(node)]
    assert silent == [], name(path)
    assert ast.get_docstring(tree(path)) or not tree(path).body, name(path)


def public(module: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Functions at the top and methods of public classes, protocols aside."""
    for node in module.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            if not any(ast.unparse(base) == "Protocol" for base in node.bases):
                yield from _named(node.body)
        else:
            yield from _named([node])


def _named(nodes: list[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node


# Written in two pieces each, so that this file is not found.
UNWANTED = [
    "files.python" + "hosted",
    "py" + "pi.org",
    "/wo" + "rk/",
    "/ro" + "ot/",
    "/tmp/" + "venv",
    "npm" + "js.org",
]


def tracked() -> list[Path]:
    found = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    names = found.stdout.split("\0") if found.returncode == 0 else []
    return [ROOT / one for one in names if one] or [path for path in house() if path.is_file()]


def test_no_file_names_a_registrys_host_or_a_machines_paths() -> None:
    found = [
        (name(path), unwanted)
        for path in tracked()
        if path.is_file() and path.suffix not in (".png", ".gif", ".ico")
        for unwanted in UNWANTED
        if unwanted in path.read_text(encoding="utf-8", errors="replace")
    ]
    assert found == []


def test_nothing_is_left_to_be_done_later() -> None:
    marks = re.compile(r"#\s*(TO" + r"DO|FIX" + r"ME|XXX)\b")
    assert [name(path) for path in [*house(), *sources("tests")] if marks.search(path.read_text())] == []
