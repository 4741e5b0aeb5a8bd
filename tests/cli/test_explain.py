"""`triage-bot explain`: a person's account, and the line of JSON that other programs read."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from triage_bot.cli import main

MAIL = """\
From: Jan Kowalski <{sender}>
To: kontakt@zaradna.example
Subject: Oferta
Date: Fri, 20 Nov 2026 17:20:00 +0100
Message-ID: <1@kowalski.example>
Content-Type: text/plain; charset=utf-8

Proszę o ofertę dla nowego klienta.
"""

FIELDS = [
    *("client", "language", "urgency", "deadline", "needs_ack", "tone", "missing", "kind", "auto_reply", "reason"),
    *("next_check_at", "promise_at", "inside_hours", "because"),
]


@pytest.fixture
def mail(tmp_path: Path) -> Path:
    """From a stranger, on a Friday after the last check."""
    file = tmp_path / "offer.eml"
    file.write_text(MAIL.format(sender="jan@kowalski.example"), encoding="utf-8")
    return file


def lines(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> list[dict[str, Any]]:
    assert main(["explain", "--json", *map(str, arguments)]) == code
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def jsonl(folder: Path, *rows: object) -> Path:
    file = folder / "messages.jsonl"
    file.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return file


def row(**fields: object) -> dict[str, object]:
    return {"id": "1", "channel": "email", "sent_at": "2026-11-20T12:30:00+01:00", "subject": "", "body": "Hi"} | fields


# --- mails


def test_a_mail_has_the_documented_fields_first(mail: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = lines(capsys, mail)
    assert list(line)[: len(FIELDS) + 1] == ["file", *FIELDS]
    assert line["file"] == "offer.eml"


def test_without_a_configuration_the_agreement_of_the_example_holds(
    mail: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (line,) = lines(capsys, "--assume-contact", mail)
    assert line["next_check_at"] == "2026-11-23T08:00:00+01:00"
    assert line["promise_at"] == "2026-11-23T08:00:00+01:00"
    assert not line["inside_hours"]
    assert line["auto_reply"]
    assert line["reason"] is None


def test_a_stranger_is_not_answered(mail: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = lines(capsys, mail)
    assert line["client"] is None
    assert not line["auto_reply"]
    assert line["reason"] == "UNKNOWN_SENDER"


def test_a_client_may_be_named(mail: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = lines(capsys, "--client", "Harbor Books", mail)
    assert line["client"] == "Harbor Books"
    assert line["next_check_at"] == "2026-11-23T12:00:00+01:00", "she has windows of her own"


def test_the_moment_may_be_given(mail: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = lines(capsys, "--assume-contact", "--at", "2026-11-18T10:00", mail)
    assert line["next_check_at"] == "2026-11-18T12:00:00+01:00"
    assert line["inside_hours"]


def test_the_configuration_says_whose_contact_writes(
    mail: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("assistant: {name: K}\nclients: [{name: Jan, contacts: [{domain: kowalski.example}]}]\n")
    (line,) = lines(capsys, "--config", config, mail)
    assert line["client"] == "Jan"
    assert line["auto_reply"]


def test_a_folder_is_explained_file_by_file(mail: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (mail.parent / "another.EML").write_text(MAIL.format(sender="a@b.example"), encoding="utf-8")
    (mail.parent / "notes.txt").write_text("no mail")
    assert [line["file"] for line in lines(capsys, mail.parent)] == ["another.EML", "offer.eml"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(b"", "it has no mail header", id="empty"),
        pytest.param(b"\x00\x01\x02", "it has no mail header", id="no mail"),
        pytest.param(None, "Is a directory", id="a folder"),
    ],
)
def test_a_file_that_is_no_mail_has_its_line(
    tmp_path: Path, content: bytes | None, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "broken.eml"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    (line,) = lines(capsys, tmp_path)
    assert set(line) >= {"file", *FIELDS, "unreadable"}
    assert line["unreadable"] is True
    assert line["because"] == [f"it cannot be read: {why}"]
    main(["explain", str(tmp_path)])
    assert capsys.readouterr().out == f"broken.eml: (no text)\n  unreadable {why}\n\n"


def test_a_dangling_link_has_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "gone.eml").symlink_to("nowhere")
    (line,) = lines(capsys, tmp_path / "gone.eml")
    assert line["because"] == ["it cannot be read: No such file or directory"]


# --- lines


def test_a_chat_message_is_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = jsonl(tmp_path, row(channel="chat", subject=None, body="da li mozes sutra?"))
    (line,) = lines(capsys, "--assume-contact", file)
    assert list(line)[: len(FIELDS) + 1] == ["id", *FIELDS]
    assert line["language"] == "sr"
    assert line["auto_reply"]
    assert line["promise_at"] == "2026-11-20T16:00:00+01:00"


@pytest.mark.parametrize("channel", ["email", "chat"])
def test_a_line_that_names_no_sender_can_be_answered(
    tmp_path: Path, channel: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (line,) = lines(capsys, "--assume-contact", jsonl(tmp_path, row(channel=channel, body="Proszę o raport.")))
    assert line["auto_reply"]


@pytest.mark.parametrize(
    ("channel", "sender", "client"),
    [
        pytest.param("email", "Jan <jan@studio-kowalski.example>", "Studio Kowalski", id="an address"),
        pytest.param("chat", "223344556", "Studio Kowalski", id="an id on Telegram"),
        pytest.param("chat", "@Ana_Jovic", "Apoteka Jović", id="a name on Telegram"),
        pytest.param("chat", "Ana", None, id="what cannot be an address there"),
    ],
)
def test_the_sender_of_a_line_is_looked_up(
    tmp_path: Path, channel: str, sender: str, client: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    file = jsonl(tmp_path, {**row(channel=channel), "from": sender})
    (line,) = lines(capsys, file)
    assert line["client"] == client


def test_headers_count_as_they_do_in_a_mail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = lines(capsys, "--assume-contact", jsonl(tmp_path, row(headers={"AUTO-submitted": "Auto-Replied"})))
    assert line["reason"] == "AUTO_REPLIED"
    assert not line["auto_reply"]
    assert line["because"] == ["it is a notification sent by a machine"]


def test_a_line_may_name_its_client(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = lines(capsys, jsonl(tmp_path, row(client="Harbor Books")))
    assert line["client"] == "Harbor Books"


def test_a_client_that_the_configuration_does_not_hold_is_told_once_and_judged_by_the_default(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = jsonl(tmp_path, row(client="Nowak"), row(client="Nowak"))
    assert main(["explain", "--json", str(file)]) == 0
    said = capsys.readouterr()
    assert [json.loads(line)["client"] for line in said.out.splitlines()] == ["Nowak", "Nowak"]
    assert said.err == "no client is called 'Nowak' in the configuration: judged by the default agreement\n"


def test_a_moment_without_an_offset_is_wall_time_of_the_agreement(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (line,) = lines(capsys, jsonl(tmp_path, row(sent_at="2026-11-20T15:59")))
    assert line["next_check_at"] == "2026-11-20T16:00:00+01:00"


def test_the_id_comes_back_as_it_was_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = jsonl(tmp_path, row(id=7), row(id="d7"), {key: value for key, value in row().items() if key != "id"})
    assert [line["id"] for line in lines(capsys, file)] == [7, "d7", "3"]


@pytest.mark.parametrize(
    ("bad", "identity", "why"),
    [
        pytest.param("{not json", "2", "this is not JSON in UTF-8", id="no JSON"),
        pytest.param("[" * 100_000, "2", "this is not JSON in UTF-8", id="too deep"),
        pytest.param("[1]", "2", "this is not a JSON object", id="no object"),
        pytest.param(row(id="b", sent_at=None), "b", "`sent_at` is missing", id="no moment"),
        pytest.param(row(id="b", sent_at="soon"), "b", "`sent_at` is 'soon': write a date and a time", id="bad moment"),
        pytest.param(row(id="b", channel="fax"), "b", "`channel` is 'fax', neither 'email' nor 'chat'", id="channel"),
        pytest.param(row(id="b", headers=[1]), "b", "`headers` is not an object of names and values", id="headers"),
    ],
)
def test_a_line_that_cannot_be_read_has_its_line_and_ends_nothing(
    tmp_path: Path, bad: object, identity: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, third = lines(capsys, jsonl(tmp_path, row(id="a"), bad, row(id="c")), code=1)
    assert (first["id"], second["id"], third["id"]) == ("a", identity, "c")
    assert second["unreadable"] is True
    assert second["because"][0].startswith(f"it cannot be read: {tmp_path}/messages.jsonl:2: {why}")
    assert "unreadable" not in third


# --- for a person


def test_a_person_reads_what_why_and_until_when(mail: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--assume-contact", str(mail)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[:3] == [
        "offer.eml: Oferta",
        "  from       Jan Kowalski <jan@kowalski.example>, client (assumed)",
        "  received   Fri 2026-11-20 17:20 CET, outside working hours",
    ]
    assert (
        "  answer     acknowledged: read at Mon 2026-11-23 08:00 CET, answered after Mon 2026-11-23 08:00 CET" in told
    )
    assert any("a weekend without checks" in line for line in told)


def test_of_a_stranger_it_says_how_to_see_more(mail: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["explain", str(mail)])
    told = capsys.readouterr().out
    assert "  answer     none: unknown sender (--assume-contact judges as if it were a client's)" in told
    assert "the answer comes after that check" not in told, "nobody was promised one"


# --- mistakes


def test_what_is_no_message_is_told_and_the_others_are_explained(
    mail: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.txt").touch()
    (tmp_path / "empty").mkdir()
    paths = [tmp_path / "nothing.eml", tmp_path / "notes.txt", tmp_path / "empty", mail]
    assert main(["explain", "--json", *map(str, paths)]) == 1
    said = capsys.readouterr()
    assert [json.loads(line)["file"] for line in said.out.splitlines()] == ["offer.eml"]
    assert said.err.splitlines() == [
        f"{tmp_path}/nothing.eml: no such file or folder",
        f"{tmp_path}/notes.txt: neither a folder nor an .eml or .jsonl file",
        f"{tmp_path}/empty: there is no .eml file in this folder",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--client", "Harbour Books"], "did you mean 'Harbor Books'?", id="a client misspelt"),
        pytest.param(
            ["--client", "Nobody"], "its clients: Apoteka Jović, Harbor Books, Studio Kowalski", id="a client unknown"
        ),
        pytest.param(["--at", "soon"], "'soon' is not a moment", id="no moment"),
    ],
)
def test_a_mistake_on_the_command_line_is_explained(
    mail: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", *arguments, str(mail)]) == 1
    assert said in capsys.readouterr().err


# --- what cannot be read


@pytest.mark.parametrize("at", ["9999-12-31T23:59", "0001-01-01T00:00", "1989-12-31T23:59+01:00"])
def test_a_moment_out_of_all_time_is_refused(mail: Path, at: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--at", at, str(mail)]) == 1
    assert capsys.readouterr().err == f"{at!r} is not between the years 1990 and 2200\n"


@pytest.mark.parametrize("sent_at", ["9999-12-31T23:59:00", "0001-01-01T00:00:00+14:00"])
def test_a_row_out_of_all_time_is_its_own_unreadable_line(
    tmp_path: Path, sent_at: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = jsonl(tmp_path, row(id="far", sent_at=sent_at), row(id="near"))
    far, near = lines(capsys, file, code=1)
    assert far["id"] == "far"
    assert f"`sent_at` is {sent_at!r}, not between the years 1990 and 2200" in json.dumps(far)
    assert near["id"] == "near"
    assert "not between" not in json.dumps(near)


def test_a_pipe_is_told_instead_of_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "x.eml")
    os.mkfifo(tmp_path / "x.jsonl")
    assert main(["explain", str(tmp_path / "x.eml"), str(tmp_path / "x.jsonl")]) == 1
    output = capsys.readouterr()
    assert "it is a pipe or a device, not a file" in output.out
    assert output.err == f"{tmp_path / 'x.jsonl'}: it is a pipe or a device, not a file\n"
