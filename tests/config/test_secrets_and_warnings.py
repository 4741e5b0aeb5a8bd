"""Where secrets are found, and what works but should be mended."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from triage_bot.config import Config, load_config
from triage_bot.errors import ConfigError, Problem, UsageError

BOT = "assistant: {name: Katarzyna, telegram: 123456789}\nchannels:\n  telegram: {token_file: token}\n"
TOO_SOON = (
    "`silent_after` is hardly longer than `channels.mail[0].imap.poll_every`: `/healthz` will fail between two looks"
)
SLOW = """\
  mail:
    - name: kontakt
      address: k@zaradna.example
      imap: {host: imap.zaradna.example, user: k, password_env: NOT_SET_ANYWHERE, poll_every: 14m}
      smtp: {host: smtp.zaradna.example, user: k, password_env: NOT_SET_ANYWHERE}
"""
MAILBOX = """\
channels:
  mail:
    - name: kontakt
      address: k@zaradna.example
      imap: {host: imap.zaradna.example, user: k, password_env: NOT_SET_ANYWHERE}
      smtp: {host: smtp.zaradna.example, user: k, password_env: NOT_SET_ANYWHERE}
"""


def load(folder: Path, text: str, *, secrets: bool = False) -> Config:
    file = folder / "config.yaml"
    file.write_text(text, encoding="utf-8")
    return load_config(file, secrets=secrets)


def write_token(folder: Path, content: str, mode: int = 0o600) -> None:
    (folder / "token").write_text(content, encoding="utf-8")
    (folder / "token").chmod(mode)


def whats(config: Config) -> list[str]:
    return [problem.what for problem in config.warnings]


def test_a_secret_in_a_file_is_its_one_line(tmp_path: Path) -> None:
    write_token(tmp_path, "123:abc\n")
    telegram = load(tmp_path, BOT, secrets=True).channels.telegram
    assert telegram is not None
    assert telegram.token() == "123:abc"


@pytest.mark.parametrize("content", ["", "\n", "123:abc\nand more\n"], ids=["nothing", "an empty line", "two lines"])
def test_a_file_that_holds_no_single_line_is_refused(tmp_path: Path, content: str) -> None:
    write_token(tmp_path, content)
    with pytest.raises(ConfigError, match=r"config\.yaml:3:26: .*must hold one line, the secret, and nothing else"):
        load(tmp_path, BOT, secrets=True)


def test_a_secret_is_not_asked_for_before_it_is_needed(tmp_path: Path) -> None:
    telegram = load(tmp_path, BOT).channels.telegram
    assert telegram is not None
    with pytest.raises(UsageError, match="cannot be read"):
        telegram.token()


def test_a_changed_secret_is_read_anew(tmp_path: Path) -> None:
    write_token(tmp_path, "old")
    telegram = load(tmp_path, BOT, secrets=True).channels.telegram
    assert telegram is not None
    write_token(tmp_path, "new")
    assert telegram.token() == "new"


def test_a_secrets_file_for_everybody_to_read_is_warned_of(tmp_path: Path) -> None:
    write_token(tmp_path, "123:abc\n", 0o644)
    warnings = load(tmp_path, BOT, secrets=True).warnings
    assert [str(warning).replace(f"{tmp_path}/", "") for warning in warnings] == [
        "config.yaml:3:26: channels.telegram.token_file: every user of this machine can read token: "
        "run `chmod 600 token`"
    ]


def test_a_variable_that_is_not_set_can_be_a_file_instead(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="`NOT_SET_ANYWHERE` is not set; or name a file in `token_file`"):
        load(tmp_path, BOT.replace("token_file: token", "token_env: NOT_SET_ANYWHERE"), secrets=True)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o400])
def test_a_secrets_file_for_the_owner_or_a_group_is_fine(tmp_path: Path, mode: int) -> None:
    write_token(tmp_path, "123:abc\n", mode)
    assert load(tmp_path, BOT, secrets=True).warnings == ()


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        pytest.param(
            "assistant: {name: K, telegram: 123456789}\n",
            "without `channels.telegram` (your bot) no digest and no alert reaches you",
            id="a chat without a bot",
        ),
        pytest.param(
            "assistant: {name: K}\n" + MAILBOX,
            "without `channels.telegram` (your bot) no digest and no alert reaches you",
            id="a mailbox alone",
        ),
        pytest.param(
            "assistant: {name: K}\nclients: [{name: N, contacts: [{telegram: 22334455}]}]\n",
            "without `channels.telegram` nobody can write on Telegram",
            id="a contact on Telegram without a bot",
        ),
        pytest.param(
            "assistant: {name: K}\nclients: [{name: N, contacts: [{domain: gmail.com}]}]\n",
            "everybody with a mailbox at `gmail.com` counts as this client: name addresses",
            id="a domain of everybody",
        ),
        pytest.param(
            "assistant: {name: K}\nclients: [{name: N}]\n",
            "the client has no `contacts`: nothing is ever recognised as theirs",
            id="a client without contacts",
        ),
        pytest.param(
            "assistant: {name: K}\nagreement: {check_windows: {}}\n",
            "there is no check window in the week: no time can be promised",
            id="no window",
        ),
        pytest.param(
            BOT + SLOW + 'monitoring: {listen: "127.0.0.1:9464"}\n',
            TOO_SOON,
            id="looks as rare as the silence that is borne",
        ),
        pytest.param(
            BOT + SLOW.replace("14m", "4m") + 'monitoring: {listen: "127.0.0.1:9464", silent_after: 4m}\n',
            TOO_SOON,
            id="a silence as short as the looks",
        ),
    ],
)
def test_what_works_but_hardly_as_meant_is_warned_of(tmp_path: Path, text: str, warning: str) -> None:
    assert whats(load(tmp_path, text)) == [warning]


def test_problems_of_templates_come_with_all_the_others(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    file = tmp_path / "config.yaml"
    file.write_text("assistant: {nam: K}\ntemplates: texts\n", encoding="utf-8")
    asked = []

    def template_problems(folder: Path, names: Sequence[str]) -> list[Problem]:
        asked.append(folder)
        return [Problem("texts/pl/alert.html", 1, 2, "", "does not render")]

    with pytest.raises(ConfigError) as caught:
        load_config(file, template_problems=template_problems)
    assert asked == [tmp_path / "texts"]
    assert [problem.what for problem in caught.value.problems] == [
        "is missing",
        "unknown key - did you mean `name`?",
        "does not render",
    ]


def test_no_setting_can_be_changed_after_it_was_read(tmp_path: Path) -> None:
    config = load(tmp_path, "assistant: {name: K}\n")
    with pytest.raises(ValueError, match="frozen"):
        config.assistant.name = "Ana"  # type: ignore[misc]


def test_a_mark_of_windows_editors_is_no_part_of_the_secret(tmp_path: Path) -> None:
    write_token(tmp_path, "\ufeff123:abc\r\n")
    telegram = load(tmp_path, BOT, secrets=True).channels.telegram
    assert telegram is not None
    assert telegram.token() == "123:abc"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        pytest.param("   \n", "holds nothing but spaces", id="blank"),
        pytest.param("123\0abc\n", "holds a control character or broken text: that is no secret", id="NUL"),
        pytest.param("123\tabc", "holds a control character or broken text: that is no secret", id="a tab"),
    ],
)
def test_what_can_be_no_secret_is_refused(tmp_path: Path, content: str, what: str) -> None:
    write_token(tmp_path, content)
    with pytest.raises(ConfigError, match=what):
        load(tmp_path, BOT, secrets=True)


def test_a_variable_that_can_be_no_secret_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLANK", "  ")
    with pytest.raises(ConfigError, match="the environment variable `BLANK` holds nothing but spaces"):
        load(tmp_path, BOT.replace("token_file: token", "token_env: BLANK"), secrets=True)


def test_a_pipe_is_no_secrets_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "token")
    with pytest.raises(ConfigError, match="cannot be read: it is a pipe or a device, not a file"):
        load(tmp_path, BOT, secrets=True)


def test_a_pipe_is_no_calendar(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.ics")
    with pytest.raises(ConfigError, match="it is a pipe or a device, not a file"):
        load(tmp_path, "assistant: {name: K}\nagreement: {days_off_from: [a.ics]}\n")
