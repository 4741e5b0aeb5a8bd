"""Which configuration a command goes by that can do without one."""

import sys
from pathlib import Path

USUAL = Path("config.yaml")


def yours_or_example(given: Path | None) -> Path | None:
    """The given file, else ./config.yaml if it is there; None, and a word on standard error, for the example."""
    if given is not None:
        return given
    if USUAL.exists():
        return USUAL
    print("by the agreement of the example; --config FILE for yours", file=sys.stderr)
    return None
