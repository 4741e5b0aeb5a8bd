"""The house keeps its shape: arrows run one way, a library has one home, decisions touch nothing of the world."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "triage_bot"

# Who may import whom. A room is a folder or a module at the top of the package.
ARROWS = {
    "errors": set(),
    "clock": set(),
    "garbage": set(),
    "values": set(),
    "resources": {"errors"},
    "logs": set(),
    "tally": set(),
    "service_manager": set(),
    "monitoring": {"clock", "errors", "store", "tally", "cases"},
    "reading": set(),
    "core": {"reading", "errors", "values"},
    "cldr": {"reading"},
    "wording": {"reading", "cldr"},
    "config": {"core", "reading", "errors", "resources"},
    "channels": {"core", "reading", "errors", "clock", "values"},
    "store": {"core", "reading", "errors", "values"},
    "templates": {"core", "reading", "errors", "resources", "values", "wording"},
    "cases": {
        "core",
        "reading",
        "errors",
        "clock",
        "garbage",
        "logs",
        "tally",
        "store",
        "templates",
        "wording",
        "channels.protocols",
    },
    "parts": {
        "core",
        "reading",
        "errors",
        "clock",
        "tally",
        "store",
        "templates",
        "cldr",
        "config",
        "channels",
        "cases",
    },
    "worker": {
        "errors",
        "clock",
        "garbage",
        "tally",
        "service_manager",
        "monitoring",
        "store",
        "templates",
        "config",
        "cases",
        "parts",
    },
    "demo": {"*"},
    "cli": {"*"},
    "__main__": {"cli"},
}
# The use cases between the core and the world, and the parts that the templates are made of.
USE_CASES = {
    "intake",
    "answering",
    "acknowledging",
    "calendar_watch",
    "promise_watch",
    "correcting",
    "desk",
    "facts",
    "replying",
    "greeting",
    "handover",
    "outbox",
    "digests",
    "pairing",
    "standing_watch",
    "standstill",
    "trays",
    "troubles",
    "health",
    "judging",
    "leasing",
    "second_judge",
    "renewing",
}
TEMPLATES = {
    "templates",
    "template_contexts",
    "template_digest",
    "template_promises",
    "template_agreement",
    "template_desk",
    "template_desk_samples",
    "template_engine",
    "template_samples",
    "template_strays",
    "template_trial",
}

# A library is imported in one place. The key is what is imported, the value the file names that may.
HOMES = {
    "imapclient": "channels/imap_",
    "aiosmtplib": "channels/smtp_",
    "telegram": "channels/telegram_",
    "httpx": "channels/telegram_",
    "sqlalchemy": "store/",
    "alembic": "store/",
    "psycopg": "store/",
    "sqlite3": "store/",
    "jinja2": "template",
    "yaml": "config/",
    "pydantic": "config/",
    "babel": "cldr.py",
    "selectolax": "channels/mail_",
    "holidays": "core/public_holidays.py",
    "icalendar": "config/ical.py",
    "recurring_ical_events": "config/ical.py",
    "prometheus_client": "monitoring.py",
    "re2": "core/rules.py",
    "ahocorasick": "reading/",
    "pymap": "demo/",
    "aiosmtpd": "demo/",
    "aiohttp": "demo/",
}
IMPURE = {"asyncio", "socket", "time", "os", "subprocess", "threading", "random", "secrets", "logging", "urllib"}


def modules() -> Iterator[tuple[Path, str]]:
    for file in sorted(PACKAGE.rglob("*.py")):
        yield file, file.relative_to(PACKAGE).as_posix()


@cache
def imports(file: Path) -> tuple[tuple[str, int], ...]:
    """Module and line."""
    return tuple(_imports(file))


def _imports(file: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module, node.lineno
            # `from triage_bot import resources` names a module too.
            if node.module == "triage_bot":
                yield from ((f"triage_bot.{alias.name}", node.lineno) for alias in node.names)


def room(module: str) -> str:
    top = module.split(".")[0].removesuffix(".py")
    if top in USE_CASES:
        return "cases"
    return "templates" if top in TEMPLATES else top


def test_arrows_run_one_way() -> None:
    """No room imports one that is not below it."""
    wrong = []
    for file, name in modules():
        here = room(name.split("/")[0])
        if here == "__init__":
            continue
        allowed = ARROWS[here]
        for module, line in imports(file):
            if not module.startswith("triage_bot."):
                continue
            inner = module.removeprefix("triage_bot.")
            there = room(inner)
            if there not in {here, "__version__", *allowed} and "*" not in allowed and inner not in allowed:
                wrong.append(f"{name}:{line} imports {module}")
    assert wrong == []


def test_no_module_imports_itself_in_a_circle() -> None:
    """The imports that are made when a module is loaded have an order."""
    known = {name.removesuffix(".py").removesuffix("/__init__").replace("/", "."): file for file, name in modules()}
    graph = defaultdict(set)
    for name, file in known.items():
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("triage_bot."):
                inner = node.module.removeprefix("triage_bot.")
                named = {f"{inner}.{alias.name}" for alias in node.names} & known.keys()
                graph[name] |= (named or {inner}) & known.keys()
        graph[name].discard(name)
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " -> ".join((*way, name))
        if name not in done:
            for other in sorted(graph[name]):
                visit(other, (*way, name))
            done.add(name)

    for name in known:
        visit(name, ())


@pytest.mark.parametrize("library", HOMES)
def test_a_library_has_one_home(library: str) -> None:
    """Whoever wants to replace a library knows where to look."""
    strangers = [
        f"{name}:{line}"
        for file, name in modules()
        for module, line in imports(file)
        if module.split(".")[0] == library and not name.startswith((HOMES[library], "demo/"))
    ]
    assert strangers == []


def test_decisions_touch_nothing_of_the_world() -> None:
    """`core` and `reading` import no I/O, await nothing, and read no clock."""
    wrong = []
    for file, name in modules():
        if not name.startswith(("core/", "reading/")):
            continue
        wrong += [f"{name}:{line} imports {module}" for module, line in imports(file) if module.split(".")[0] in IMPURE]
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.AsyncFunctionDef | ast.Await):
                wrong.append(f"{name}:{node.lineno} awaits")
            if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}:
                wrong.append(f"{name}:{node.lineno} reads a clock")
    assert wrong == []


def test_files_and_functions_stay_readable() -> None:
    """A file past 400 lines or a function past 80 has more than one thing to say."""
    long = []
    for file, name in modules():
        text = file.read_text(encoding="utf-8")
        if text.count("\n") > 400:
            long.append(f"{name}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or not node.end_lineno:
                continue
            if node.end_lineno - node.lineno > 80:
                long.append(f"{name}:{node.lineno} {node.name}: {node.end_lineno - node.lineno} lines")
    assert long == []
