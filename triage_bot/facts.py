"""What is known of a client: one Markdown file a client, written by the desk and by the assistant herself.

    facts/studio-novak.md      # Studio Novak
                               - 2026-11-21: invoices go to the accountant

The name of the file is made from the client's and holds nothing that could lead out of the folder. A note is added at
the end; whatever else stands there is hers and stays as it is.
"""

import contextlib
import hashlib
import os
import re
import tempfile
from datetime import date
from pathlib import Path

from triage_bot.errors import UsageError
from triage_bot.reading.fold import fold

LONGEST_READ = 65_536
"""Characters of a file that are read."""
LONGEST_SLUG = 60


class Facts:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, client: str) -> Path:
        return self._folder / f"{slug(client)}.md"

    def read(self, client: str) -> str:
        """Its text without the heading, "" if nothing is noted yet. Raises UsageError if it cannot be read."""
        text = self._text(client).strip()
        heading, _, rest = text.partition("\n")
        return rest.strip() if heading == f"# {_line(client)}" else text

    def note(self, client: str, text: str, on: date) -> Path:
        """Add a fact; the same one noted last on the same day is not added again. Raises UsageError."""
        path = self.path(client)
        before = self._text(client, whole=True) or f"# {_line(client)}\n\n"
        added = f"- {on.isoformat()}: {_line(text)}\n"
        if before.endswith(added):
            return path
        if not before.endswith("\n"):
            before += "\n"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _replace(path, before + added)
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror or type(error).__name__}") from None
        return path

    def take_back(self, client: str, text: str, on: date) -> bool:
        """Remove a fact that was noted last; False where something else stands at the end now. Raises UsageError."""
        path = self.path(client)
        before, added = self._text(client, whole=True), f"- {on.isoformat()}: {_line(text)}\n"
        if not before.endswith(added):
            return False
        try:
            _replace(path, before.removesuffix(added))
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror or type(error).__name__}") from None
        return True

    def _text(self, client: str, *, whole: bool = False) -> str:
        path = self.path(client)
        try:
            with path.open(encoding="utf-8-sig") as file:
                return file.read() if whole else file.read(LONGEST_READ)
        except FileNotFoundError:
            return ""
        except UnicodeDecodeError:
            raise UsageError(f"{path} is no UTF-8 text: save it as UTF-8") from None
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror or type(error).__name__}") from None


def slug(client: str) -> str:
    """A file name of letters, digits and dashes. Two names that differ only in what it leaves out get two files."""
    folded = fold(client)
    bare = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[:LONGEST_SLUG].rstrip("-")
    if bare and re.sub(r"[\s-]+", "-", client.strip().lower()) == bare:
        return bare
    made_of = hashlib.blake2b(client.encode("utf-8", "surrogatepass"), digest_size=3).hexdigest()
    return f"{bare}-{made_of}" if bare else made_of


def _line(text: str) -> str:
    return " ".join(text.split())


def _replace(path: Path, text: str) -> None:
    """Whoever reads meanwhile sees the old file or the new one; a link leads on to its file."""
    target = path.resolve()
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            os.chmod(name, target.stat().st_mode & 0o777)
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
