"""One `run` on one database: a lock on a file beside it.

The lock goes with the process, however it ends; the file stays and means nothing by itself.
"""

import fcntl
import os
from pathlib import Path
from typing import Self

from triage_bot.errors import DatabaseInUse


class RunLock:
    def __init__(self, file: int) -> None:
        self._file = file

    @classmethod
    def take(cls, database: Path) -> Self:
        """Raises DatabaseInUse with the holder's pid."""
        path = database.with_name(database.name + ".lock")
        file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(file, 32, 0).decode("ascii", "replace").strip()
            os.close(file)
            raise DatabaseInUse(
                f"{database} is in use by another triage-bot (process {holder or 'unknown'})",
                "Stop that one first, or give this one a database of its own: two of them would answer every client "
                "twice. Several workers share a PostgreSQL database: `triage-bot db copy --to postgresql://...` moves "
                "this one there.",
            ) from None
        except OSError:
            os.close(file)
            raise
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode("ascii"), 0)
        return cls(file)

    def release(self) -> None:
        os.ftruncate(self._file, 0)
        os.close(self._file)
