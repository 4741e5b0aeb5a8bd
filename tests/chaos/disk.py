"""A small disk for a database of PostgreSQL, that can be full: a tablespace on a file system in memory."""

import contextlib
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.postgres import Postgres

SIZE = 512 << 20
"""Bytes. Takes memory only for what lies there."""
A_PAGE = 4096


class SmallDisk:
    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self._folder = folder

    def fill(self) -> None:
        """From now on there is room for nothing."""
        for spare in itertools.count(1, 4):
            state = os.statvfs(self._folder)
            used = (state.f_blocks - state.f_bfree) * state.f_frsize
            if _mount("-o", f"remount,size={used + spare * A_PAGE}", str(self._folder)):
                return  # refused only if something was written meanwhile

    def clear(self) -> None:
        _mount("-o", f"remount,size={SIZE}", str(self._folder))


@contextmanager
def small_disk(postgres: Postgres, database: str) -> Iterator[SmallDisk | None]:
    """The database moves there; None where this process may not mount anything."""
    folder = Path(tempfile.mkdtemp(prefix="triage-disk-"))
    name = f"small_{database}"
    try:
        if os.geteuid() != 0 or not _mount("-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)):
            yield None
            return
        try:
            account = pwd.getpwnam("postgres")
            os.chown(folder, account.pw_uid, account.pw_gid)
            folder.chmod(0o700)
            postgres.sql(f"CREATE TABLESPACE {name} LOCATION '{folder}'")
            postgres.sql(f"ALTER DATABASE {database} SET TABLESPACE {name}")
            yield SmallDisk(folder, name)
        finally:
            with contextlib.suppress(Exception):  # a failing test tells more
                postgres.drop(database)
                postgres.sql(f"DROP TABLESPACE {name}")
            subprocess.run(["umount", "-l", str(folder)], check=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _mount(*arguments: str) -> bool:
    mount = shutil.which("mount")
    return mount is not None and subprocess.run([mount, *arguments], capture_output=True).returncode == 0
