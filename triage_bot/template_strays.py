"""What lies in the user's folder of templates and is never read: a misspelt name, a language written otherwise, a line
that is no more."""

from collections.abc import Collection, Iterator
from difflib import get_close_matches
from pathlib import Path

from triage_bot import resources
from triage_bot.errors import Problem
from triage_bot.reading.model import Locale
from triage_bot.template_engine import codes, included, resolved

ENDINGS = (".txt", ".html", ".chat.txt")
TEXTS = ("acknowledgement", "prospect", "correction")  # whose files need not all be there
DEEPEST = 8
LINES = (("reason.txt",), ("suppression.txt",), ("trouble.html",), ("missing.txt",), ("desk.txt", "desk_words.txt"))
"""Files of lines; what is looked for in two of them may stand in either."""


def strays(folder: Path, names: Collection[str] = ()) -> list[Problem]:
    """Every file, folder or line below `folder` that no text is made of; `names` are those that rules ask for.

    Hidden files are nobody's mistake.
    """
    home = resolved(folder)
    if home is None:
        return []
    known = _known(home, names)
    found: list[Problem] = []
    for path in _unread(home, home, known, DEEPEST):
        inside = path.relative_to(home).as_posix()
        found.append(Problem(str(folder / inside), 1, 1, "", _what(path, inside, home, known)))
    return sorted([*found, *_lines_never_read(folder, home)])


def _lines_never_read(folder: Path, home: Path) -> Iterator[Problem]:
    """Those of files of lines whose code nobody asks for: misspelt, or of another version."""
    ours = resources.templates_folder()
    for files in LINES:
        known = {code for locale in Locale for file in files for code in codes(ours, f"{locale}/{file}")}
        for name in (f"{locale}/{file}" for locale in Locale for file in files):
            for code, line in codes(home, name).items():
                if code not in known:
                    close = get_close_matches(code, sorted(known), n=1, cutoff=0.75)
                    likely = f" - did you mean `{close[0]}`?" if close else ""
                    yield Problem(str(folder / name), line, 1, code, f"is never read{likely}")


def _known(home: Path, names: Collection[str]) -> set[str]:
    """The names of all templates that may be read, as `pl/acknowledgement.txt`."""
    ours = resources.templates_folder()
    known = {file.relative_to(ours).as_posix() for file in ours.glob("*/*")}
    known |= {f"{locale}/{name}{ending}" for locale in Locale for name in (*TEXTS, *names) for ending in ENDINGS}
    return known | included((home, ours), known)


def _unread(folder: Path, home: Path, known: set[str], deeper: int) -> Iterator[Path]:
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError:  # whoever reads the templates says so
        return
    for path in paths:
        inside = path.relative_to(home).as_posix()
        target = resolved(path)
        if target is None or not target.is_relative_to(home):
            yield path
        elif path.is_dir():
            if deeper and any(name.startswith(f"{inside}/") for name in known):
                yield from _unread(path, home, known, deeper - 1)
            else:
                yield path
        elif inside not in known or not path.is_file():
            yield path


def _what(path: Path, inside: str, home: Path, known: set[str]) -> str:
    target = resolved(path)
    if target is None or not target.is_relative_to(home):
        return "is never read: the link leads out of this folder, or in a circle"
    if path.is_dir():
        choices = {name.rpartition("/")[0] for name in known}
        likely, end = _closest(inside, choices), "/"
    elif inside in known:
        return "is never read: it is a pipe or a device, not a file"
    else:
        within = {name for name in known if name.rpartition("/")[0] == inside.rpartition("/")[0]}
        likely, end = _closest(inside, within or known), ""
    return "is never read" + (f" - did you mean `{likely}{end}`?" if likely else "")


def _closest(word: str, known: Collection[str]) -> str:
    """By the last part of the name: two files of one folder are not alike for that."""
    folded = {name.rpartition("/")[2].casefold(): name for name in sorted(known, reverse=True)}
    close = get_close_matches(word.rpartition("/")[2].casefold(), folded, n=1, cutoff=0.75)
    return folded[close[0]] if close else ""
