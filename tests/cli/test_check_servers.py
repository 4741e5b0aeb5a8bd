"""`triage-bot check` against servers that are there, and with one of them in trouble."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from triage_bot.cli import main
from triage_bot.demo.bot_api import BotApi, Fault
from triage_bot.demo.mail_servers import ImapServer, SmtpSink, imap_server, smtp_sink

ADDRESS = "kontakt@zaradna.example"
PASSWORD = "not to be shown"
TOKEN = "42:" + "A" * 35

CONFIG = """\
assistant: {{name: Katarzyna, telegram: 1000}}
channels:
  mail:
    - name: kontakt
      address: {address}
      imap: {{host: 127.0.0.1, port: {imap}, security: none, user: {address}, password_file: mail, folder: {folder}}}
      smtp: {{host: 127.0.0.1, port: {smtp}, security: none, user: {address}, password_file: mail}}
  telegram: {{token_file: token, api_url: "{api}"}}
"""


class Servers:
    def __init__(self, folder: Path, imap: ImapServer, smtp: SmtpSink, telegram: BotApi) -> None:
        self.imap = imap
        self.smtp = smtp
        self.telegram = telegram
        self._imap_port = imap.port
        self._folder = folder

    def config(self, *, password: str = PASSWORD, token: str = TOKEN, folder: str = "INBOX") -> Path:
        for name, secret in (("mail", password), ("token", token)):
            (self._folder / name).touch(mode=0o600)
            (self._folder / name).write_text(secret)
        file = self._folder / "config.yaml"
        ports = {"imap": self._imap_port, "smtp": self.smtp.port, "api": self.telegram.url}
        file.write_text(CONFIG.format(address=ADDRESS, folder=folder, **ports))
        return file


@pytest.fixture
async def servers(tmp_path: Path) -> AsyncIterator[Servers]:
    async with AsyncExitStack() as stack:
        imap = await stack.enter_async_context(imap_server({ADDRESS: PASSWORD}))
        smtp = await stack.enter_async_context(smtp_sink(user=ADDRESS, password=PASSWORD))
        telegram = await stack.enter_async_context(BotApi(TOKEN))
        telegram.opens_chat(1000, "Katarzyna")
        yield Servers(tmp_path, imap, smtp, telegram)


async def check(file: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    code = await asyncio.to_thread(main, ["check", "--config", str(file)])
    said = capsys.readouterr()
    assert PASSWORD not in said.out + said.err
    assert TOKEN not in said.out + said.err
    assert not said.err
    return code, said.out.splitlines()


async def test_every_server_has_its_line_and_all_are_ok(servers: Servers, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = await check(servers.config(), capsys)
    assert code == 0
    assert [line.partition(": ")[0] for line in lines[1:]] == ["kontakt", "kontakt", "telegram"]
    assert all(": ok" in line for line in lines), lines
    assert "IMAP 127.0.0.1:" in lines[1]
    assert "SMTP 127.0.0.1:" in lines[2]


async def test_nothing_is_sent_and_nobody_is_written_to(servers: Servers, capsys: pytest.CaptureFixture[str]) -> None:
    await check(servers.config(), capsys)
    assert servers.smtp.received == []
    assert servers.telegram.sent(1000) == ()


async def test_a_wrong_password_fails_on_both_sides(servers: Servers, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = await check(servers.config(password="wrong"), capsys)
    assert code == 1
    assert ": FAILED: " in lines[1]
    assert ": FAILED: " in lines[2]
    assert ": ok" in lines[3]


async def test_a_folder_that_is_not_there_is_named(servers: Servers, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = await check(servers.config(folder="Klienci"), capsys)
    assert code == 1
    assert "Klienci" in lines[1]


async def test_it_says_where_sent_mail_lies(servers: Servers, capsys: pytest.CaptureFixture[str]) -> None:
    _, before = await check(servers.config(), capsys)
    assert "; no folder for sent mail was found: name it under `sent_folder`" in before[1]
    await servers.imap.deliver(ADDRESS, b"To: jan@client.example\r\n\r\nHi\r\n", datetime.now(UTC), folder="Sent")
    code, after = await check(servers.config(), capsys)
    assert after[1].endswith("; sent mail is in Sent")
    assert code == 0


async def test_a_wrong_token_says_what_to_do(servers: Servers, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = await check(servers.config(token="42:" + "B" * 35), capsys)
    assert code == 1
    assert ": FAILED: " in lines[3]
    assert "token" in lines[3]


@pytest.mark.parametrize(
    ("host", "why"),
    [
        pytest.param("nowhere.invalid", "the host cannot be found: check its name and the network", id="no host"),
        pytest.param("127.0.0.1", "connection refused: check host and port", id="no server"),
    ],
)
async def test_what_is_not_there_is_said_alike_of_every_server(
    host: str, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, secret in (("mail", PASSWORD), ("token", TOKEN)):
        (tmp_path / name).touch(mode=0o600)
        (tmp_path / name).write_text(secret)
    file = tmp_path / "config.yaml"
    text = CONFIG.format(address=ADDRESS, folder="INBOX", imap=1, smtp=1, api=f"https://{host}:1")
    text = text.replace("host: 127.0.0.1", f"host: {host}")
    file.write_text(text if host == "127.0.0.1" else text.replace("security: none", "security: tls"))
    code, lines = await check(file, capsys)
    assert code == 1
    assert len(lines) == 4
    assert all(line.endswith(why) for line in lines[1:]), lines


async def test_telegram_out_of_order_fails_alone(servers: Servers, capsys: pytest.CaptureFixture[str]) -> None:
    servers.telegram.fails(Fault.BAD_GATEWAY, times=20)
    code, lines = await check(servers.config(), capsys)
    assert code == 1
    assert [": ok" in line for line in lines] == [True, True, True, False]
