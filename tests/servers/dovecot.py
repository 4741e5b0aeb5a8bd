"""Dovecot on loopback with a configuration of its own: no file of the machine is read or written."""

import asyncio
import imaplib
import os
import pwd
import shutil
import signal
import smtplib
import subprocess
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.patience import PATIENCE
from tests.servers.ports import free_port
from triage_bot.core.servers import MailServer

DOVECOT = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
WITHOUT_IDLE = "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE LITERAL+ UIDPLUS NAMESPACE"

CONFIG = """
protocols = imap
listen = 127.0.0.1
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{home}/mail/%u
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 0
mail_max_userip_connections = 50
auth_failure_delay = 0
login_trusted_networks = 127.0.0.1
default_process_limit = 20
default_vsz_limit = 0
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {home}/passwd
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={home}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Out {{
    special_use = \\Sent
  }}
}}
service imap-login {{
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
  process_min_avail = 1
}}
service stats {{
  client_limit = 100
}}
{more}
"""

AS_A_USER = """
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


WITH_SIEVE = """
protocols = imap lmtp
submission_host = {submission}
postmaster_address = postmaster@localhost
lda_mailbox_autocreate = yes
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {port}
  }}
}}
protocol lmtp {{
  mail_plugins = sieve
}}
plugin {{
  sieve = file:{home}/script.sieve
  sieve_vacation_send_from_recipient = yes
}}
"""


class Dovecot:
    """The same doings as triage_bot.demo.mail_servers.ImapServer."""

    def __init__(
        self, home: Path, users: Mapping[str, str], *, idle: bool = True, sieve: str = "", submission: str = ""
    ) -> None:
        """With `sieve`, mail that comes in by LMTP runs through that script, which sends by SMTP to `submission`."""
        assert DOVECOT
        self.host = "127.0.0.1"
        self.port = free_port()
        self._home = home
        self._users = dict(users)
        self._process: subprocess.Popen[bytes] | None = None
        root = os.geteuid() == 0
        account = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.geteuid())
        names = {"user": account.pw_name, "group": _group(account.pw_gid)}
        more = "" if root else AS_A_USER.format(**names)
        if not idle:
            more += f"imap_capability = {WITHOUT_IDLE}\n"
        if sieve:
            self.lmtp_port = free_port()
            more += WITH_SIEVE.format(home=home, port=self.lmtp_port, submission=submission)
            (home / "script.sieve").write_text(sieve)
        for folder in ("run", "state", "mail"):
            (home / folder).mkdir()
        if root:
            os.chown(home / "mail", account.pw_uid, account.pw_gid)
            os.chown(home, account.pw_uid, account.pw_gid)  # the compiled script is put beside the script
        (home / "passwd").write_text("".join(f"{user}:{{PLAIN}}{password}\n" for user, password in users.items()))
        (home / "dovecot.conf").write_text(CONFIG.format(home=home, port=self.port, more=more, **names))

    async def start(self) -> None:
        self._process = subprocess.Popen(
            [str(DOVECOT), "-F", "-c", str(self._home / "dovecot.conf")],
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        async with asyncio.timeout(PATIENCE):
            while not await asyncio.to_thread(self._answers):
                assert self._process.poll() is None, (self._home / "log").read_text()
                await asyncio.sleep(0.02)

    async def stop(self) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(process.wait, 0.5)
        with suppress(ProcessLookupError):
            # The master waits for stubborn children, and the processes of open connections outlive it.
            os.killpg(process.pid, signal.SIGKILL)
        await asyncio.to_thread(process.wait)

    def account(self, user: str, timeout: float = 30.0) -> MailServer:
        return MailServer(self.host, self.port, "none", user, self._users[user], timeout)

    async def deliver(self, user: str, raw: bytes, at: datetime, folder: str = "INBOX") -> None:
        await asyncio.to_thread(self._append, user, [raw], at, folder)

    async def arrives(self, user: str, raw: bytes, sender: str) -> None:
        """A mail comes in as its server would take it from another, through the Sieve script. `sender` is its return
        path."""
        await asyncio.to_thread(self._take, user, raw, sender)

    async def deliver_all(self, user: str, raws: list[bytes], at: datetime, folder: str = "INBOX") -> None:
        await asyncio.to_thread(self._append, user, raws, at, folder)

    async def flags(self, user: str, folder: str = "INBOX") -> list[frozenset[str]]:
        return await asyncio.to_thread(self._flags, user, folder)

    async def renumber(self, user: str, folder: str = "INBOX") -> None:
        """Dovecot numbers a folder anew when it has lost its index. Nobody may have it open, so it is restarted."""
        assert folder == "INBOX"
        await self.stop()
        for name in ("dovecot-uidlist", "dovecot.index", "dovecot.index.log", "dovecot.index.cache"):
            (self._home / "mail" / user / name).unlink(missing_ok=True)
        await self.start()

    def _append(self, user: str, raws: list[bytes], at: datetime, folder: str) -> None:
        client = self._client(user)
        if folder != "INBOX":
            client.create(folder)
        for raw in raws:
            status, answer = client.append(folder, "", imaplib.Time2Internaldate(at), raw)
            assert status == "OK", answer
        client.logout()

    def _take(self, user: str, raw: bytes, sender: str) -> None:
        with smtplib.LMTP(self.host, self.lmtp_port) as lmtp:
            lmtp.sendmail(sender, [user], raw)

    def _flags(self, user: str, folder: str) -> list[frozenset[str]]:
        client = self._client(user)
        client.select(folder, readonly=True)
        _, lines = client.fetch("1:*", "(FLAGS)")
        client.logout()
        marks = (imaplib.ParseFlags(line) for line in lines if isinstance(line, bytes))
        return [frozenset(mark.decode() for mark in found) - {"\\Recent"} for found in marks]

    def _client(self, user: str) -> imaplib.IMAP4:
        client = imaplib.IMAP4(self.host, self.port, timeout=PATIENCE)
        client.login(user, self._users[user])
        return client

    def _answers(self) -> bool:
        try:
            client = self._client(next(iter(self._users)))
        except (OSError, imaplib.IMAP4.error):
            return False
        with suppress(OSError, imaplib.IMAP4.error):
            client.logout()
        return True


@asynccontextmanager
async def dovecot(users: Mapping[str, str], **settings: Any) -> AsyncIterator[Dovecot]:
    # Not pytest's tmp_path: Dovecot gives up root for other users, who must be able to pass through, and the paths of
    # its sockets may not be long.
    home = Path(tempfile.mkdtemp(prefix="dovecot"))
    home.chmod(0o755)
    server = Dovecot(home, users, **settings)
    try:
        await server.start()
        yield server
    finally:
        await server.stop()
        await asyncio.to_thread(shutil.rmtree, home, ignore_errors=True)


def _group(gid: int) -> str:
    import grp

    return grp.getgrgid(gid).gr_name
