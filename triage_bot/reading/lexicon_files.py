"""The files of `lexicon/`.

Read by `pkgutil`: `importlib.resources` would import twenty modules more that judging needs for nothing.
"""

import tomllib
from collections.abc import Mapping
from pkgutil import get_data
from typing import Any


def words(name: str) -> Mapping[str, Any]:
    """What `lexicon/NAME.toml` holds."""
    return tomllib.loads(content(f"{name}.toml").decode())


def content(file: str) -> bytes:
    found = get_data("triage_bot.reading", f"lexicon/{file}")
    if found is None:
        raise FileNotFoundError(file)
    return found
