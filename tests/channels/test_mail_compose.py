"""The mails we write, read back by the standard library."""

import email
import email.header
import email.policy
import re
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_bot.channels.mail_compose import check_address, compose
from triage_bot.core.messages import Medium, OutgoingFile, OutgoingMessage
from triage_bot.errors import PermanentFailure

MESSAGE = OutgoingMessage(
    Medium.EMAIL,
    to="anna@client.example",
    text="Dzień dobry",
    subject="Re: Pytanie",
    from_addr="maja@example.com",
    from_name="Maja Żółć",
    message_id="1.ack@example.com",
    in_reply_to="q@client.example",
    references=("a@client.example", "q@client.example"),
    date="2026-11-20T12:30:00+01:00",
)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=2000)
ANY_LINE = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
LETTERS = st.sampled_from('abc ąęłńśźż ДжЖшч漢字😀"\\()<>,;:@=?_.[]\t')


def read(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def content(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    text: str = part.get_content()
    return text


def lines(text: str) -> list[str]:
    """Lines as mail knows them; the last newline is not told apart."""
    return re.sub(r"\r\n|\r", "\n", text).removesuffix("\n").split("\n")


def on_one_line(value: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", value).strip()


def test_the_headers_of_an_acknowledgement() -> None:
    message = read(compose(MESSAGE))
    assert {name: str(value) for name, value in message.items() if not name.startswith(("Content", "MIME"))} == {
        "From": "Maja Żółć <maja@example.com>",
        "To": "anna@client.example",
        "Subject": "Re: Pytanie",
        "Date": "Fri, 20 Nov 2026 12:30:00 +0100",
        "Message-ID": "<1.ack@example.com>",
        "In-Reply-To": "<q@client.example>",
        "References": "<a@client.example> <q@client.example>",
        "Auto-Submitted": "auto-replied",
        "X-Auto-Response-Suppress": "All",
        "X-Triage-Bot": "1",
    }


def test_what_she_writes_herself_is_not_marked_automatic() -> None:
    message = read(compose(replace(MESSAGE, automatic=False)))
    assert "Auto-Submitted" not in message
    assert "X-Auto-Response-Suppress" not in message


@given(ANY_TEXT)
def test_any_text_is_read_back(text: str) -> None:
    assert lines(content(read(compose(replace(MESSAGE, text=text))), "plain")) == lines(text)


@given(st.text(LETTERS, max_size=3000), st.text(LETTERS, max_size=3000))
def test_text_and_html_are_read_back_as_alternatives(text: str, html: str) -> None:
    message = read(compose(replace(MESSAGE, text=text, html=html or "<p></p>")))
    assert message.get_content_type() == "multipart/alternative"
    assert lines(content(message, "plain")) == lines(text)
    assert lines(content(message, "html")) == lines(html or "<p></p>")


@given(ANY_LINE)
def test_any_subject_is_read_back_on_one_line(subject: str) -> None:
    assert read(compose(replace(MESSAGE, subject=subject)))["Subject"] == on_one_line(subject)


@given(st.text(LETTERS, max_size=200))
def test_a_long_mixed_subject_is_read_back(subject: str) -> None:
    assert read(compose(replace(MESSAGE, subject=subject)))["Subject"] == on_one_line(subject)


@given(st.text(st.sampled_from('ab  ąŻ"\\(),.<>@;:=?_\r\n'), max_size=60))
def test_any_name_is_read_back_beside_the_address(name: str) -> None:
    message = read(compose(replace(MESSAGE, from_name=name)))
    (mailbox,) = message["From"].addresses
    assert mailbox.addr_spec == "maja@example.com"
    # The standard library puts blanks between encoded words of a phrase in some versions.
    assert mailbox.display_name.replace(" ", "") == on_one_line(name).replace(" ", "")


@given(ANY_LINE, ANY_LINE, ANY_LINE, ANY_LINE)
def test_no_value_can_begin_a_header(subject: str, name: str, reference: str, message_id: str) -> None:
    evil = "\r\nBcc: everybody@client.example\r\n\r\nbody"
    message = read(
        compose(
            replace(
                MESSAGE,
                subject=subject + evil,
                from_name=name + evil,
                references=(reference + evil,),
                in_reply_to=message_id + evil,
                message_id=message_id + evil,
            )
        )
    )
    assert "Bcc" not in message
    assert lines(content(message, "plain")) == ["Dzień dobry"]


@given(ANY_TEXT, ANY_LINE, ANY_LINE, st.lists(ANY_LINE, max_size=30))
def test_every_mail_is_ascii_in_lines_of_legal_length(
    text: str, subject: str, name: str, references: list[str]
) -> None:
    raw = compose(replace(MESSAGE, text=text, html=text, subject=subject, from_name=name, references=tuple(references)))
    assert raw.isascii()
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    head, _, body = raw.partition(b"\r\n\r\n")
    assert max(map(len, head.split(b"\r\n"))) <= 78
    assert not [line for line in head.split(b"\r\n") if not line.strip()]
    assert max(map(len, body.split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x" * 2000, id="a line of 2000 characters"),
        pytest.param("From me\n.\n..\n", id="From and dots at the beginning of lines"),
        pytest.param("blank at the end \nand \t\n", id="blanks at the ends of lines"),
        pytest.param("Ж" * 500, id="Cyrillic without a blank"),
        pytest.param("--=_edge--\n", id="what looks like a boundary"),
        pytest.param("", id="nothing"),
    ],
)
def test_awkward_texts_are_read_back(text: str) -> None:
    message = read(compose(replace(MESSAGE, text=text, html=text)))
    assert lines(content(message, "plain")) == lines(text)


def test_many_references_keep_the_first_and_the_last() -> None:
    references = tuple(f"{number}@client.example" for number in range(100))
    kept = str(
        read(compose(replace(MESSAGE, references=references, in_reply_to="99@client.example")))["References"]
    ).split()
    assert len(kept) == 20
    assert (kept[0], kept[1], kept[-1]) == ("<0@client.example>", "<81@client.example>", "<99@client.example>")


@pytest.mark.parametrize(
    "address", ["", "anna", "a@b\r\nBcc: x@y", "<a@b.c>", "a b@c.d", "a@b,c@d", "a@\ud800.example"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(PermanentFailure):
        check_address(address)


def test_a_domain_beyond_ascii_is_written_in_ascii() -> None:
    assert check_address("anna@żółć.example") == "anna@xn--kda4b0koi.example"


def a_file(
    folder: Path, name: str = "offer.pdf", content: bytes = b"%PDF", kind: str = "application/pdf"
) -> OutgoingFile:
    path = folder / f"{abs(hash(name))}.part"
    path.write_bytes(content)
    return OutgoingFile(str(path), name, kind)


class TestFiles:
    def test_go_along_with_both_kinds_of_text(self, tmp_path: Path) -> None:
        files = (a_file(tmp_path), a_file(tmp_path, "photo.jpg", bytes(range(256)) * 400, "image/jpeg"))
        message = read(compose(replace(MESSAGE, html="<p>Dzień dobry</p>", files=files)))
        assert content(message, "plain").strip() == "Dzień dobry"
        assert content(message, "html").strip() == "<p>Dzień dobry</p>"
        assert [
            (part.get_filename(), part.get_content_type(), part.get_content()) for part in message.iter_attachments()
        ] == [
            ("offer.pdf", "application/pdf", b"%PDF"),
            ("photo.jpg", "image/jpeg", bytes(range(256)) * 400),
        ]

    @pytest.mark.parametrize(
        ("name", "seen"),
        [
            pytest.param("oferta końcowa.pdf", "oferta końcowa.pdf", id="Polish"),
            pytest.param("понуда за Милицу, коначна верзија.pdf", None, id="long and Cyrillic"),
            pytest.param('a "quoted" name;.pdf', None, id="quotes"),
            pytest.param("x" * 400 + ".pdf", "x" * 130 + ".pdf", id="endless"),
            pytest.param("../../etc/passwd", "_.._etc_passwd", id="a way out of a folder"),
            pytest.param("a\r\nBcc: x@y.pl\r\n.pdf", "a_Bcc: x@y.pl_.pdf", id="lines"),
            pytest.param("", "file", id="none"),
        ],
    )
    def test_keep_their_names(self, tmp_path: Path, name: str, seen: str | None) -> None:
        raw = compose(replace(MESSAGE, files=(a_file(tmp_path, name),)))
        (attached,) = read(raw).iter_attachments()
        assert attached.get_filename() == (seen or name)
        assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
        assert raw.isascii()

    @given(name=st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=100))
    def test_any_name_arrives(self, tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
        expected = " ".join(re.sub(r"[/\\]+", "_", name).split()).strip(" .") or "file"
        raw = compose(replace(MESSAGE, files=(a_file(tmp_path_factory.getbasetemp(), name),)))
        (attached,) = read(raw).iter_attachments()
        assert attached.get_filename() == expected

    @pytest.mark.parametrize("kind", ["", "message/rfc822", "multipart/mixed", "text/html\r\nX: y", "Image/PNG"])
    def test_have_a_kind_that_may_be_attached(self, tmp_path: Path, kind: str) -> None:
        (attached,) = read(compose(replace(MESSAGE, files=(a_file(tmp_path, kind=kind),)))).iter_attachments()
        assert attached.get_content_type() == ("image/png" if kind == "Image/PNG" else "application/octet-stream")

    def test_that_are_gone_or_too_large_fail_for_good_in_plain_words(self, tmp_path: Path) -> None:
        with pytest.raises(PermanentFailure, match=r"'offer.pdf' is no longer there"):
            compose(replace(MESSAGE, files=(OutgoingFile(str(tmp_path / "none"), "offer.pdf", ""),)))
        large = tmp_path / "large"
        with large.open("wb") as file:
            file.truncate(26_000_000)
        with pytest.raises(PermanentFailure, match="26 MB together, and a mail carries 25 MB at most"):
            compose(replace(MESSAGE, files=(OutgoingFile(str(large), "large.zip", ""),)))
