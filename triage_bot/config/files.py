"""Files that others name: what is none would keep a reader waiting for ever."""

import errno
import stat
from pathlib import Path


def refuse_special(path: Path) -> None:
    """Raises OSError for a pipe, a socket or a device, and for what is not there."""
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EINVAL, "it is a pipe or a device, not a file")
