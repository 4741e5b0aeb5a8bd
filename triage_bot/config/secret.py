"""Secrets: named in the configuration, kept outside of it, read when they are needed."""

import os
import re
import stat
from pathlib import Path

from triage_bot.config.files import refuse_special
from triage_bot.errors import UsageError

MAX_BYTES = 64 * 1024
_UNUSABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def is_variable_name(text: str) -> bool:
    return bool(_ENV_NAME.match(text))


def from_variable(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise UsageError(f"the environment variable `{name}` is not set")
    return _usable(value, f"the environment variable `{name}`")


def from_file(path: Path) -> str:
    """The first line of the file."""
    try:
        refuse_special(path)
        with path.open("rb") as source:
            text = source.read(MAX_BYTES).decode("utf-8-sig")  # editors on Windows put a mark before the text
    except OSError as error:
        raise UsageError(f"the secrets file {path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise UsageError(f"the secrets file {path} is not UTF-8 text") from None
    lines = text.strip("\r\n").splitlines()
    if len(lines) != 1 or not lines[0]:
        raise UsageError(f"the secrets file {path} must hold one line, the secret, and nothing else")
    return _usable(lines[0], f"the secrets file {path}")


def _usable(value: str, where: str) -> str:
    if not value.strip():
        raise UsageError(f"{where} holds nothing but spaces")
    if _UNUSABLE.search(value):
        raise UsageError(f"{where} holds a control character or broken text: that is no secret")
    return value


def readable_by_others(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False


def resolve(variable: str, path: Path | None) -> str:
    """The secret that is named by one of the two. Raises UsageError, which says what is missing and never a secret."""
    if path is not None:
        return from_file(path)
    return from_variable(variable) if variable else ""
