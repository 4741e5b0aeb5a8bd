"""Which parts of a mail are its text, and how HTML becomes plain text."""

from datetime import UTC, datetime

import pytest

from triage_bot.channels.mail_parse import Sizes, parse_whole
from triage_bot.channels.mail_text import from_html
from triage_bot.core.messages import Attachment, IncomingMessage

SIZES = Sizes(header_bytes=100_000, part_bytes=200_000, text_chars=50_000)


def mail(content_type: str, body: str) -> IncomingMessage:
    raw = f"From: a@b.example\nContent-Type: {content_type}\n\n{body}".encode()
    return parse_whole(raw, channel="mail", key="1", received_at=datetime(2026, 11, 20, tzinfo=UTC), sizes=SIZES)


def part(content_type: str, text: str, more: str = "") -> str:
    return f"--X\nContent-Type: {content_type}\n{more}\n{text}\n"


PLAIN, HTML = part("text/plain", "plain"), part("text/html", "<p>html</p>")
END = "--X--\nepilogue\n"

TEXTS = [
    pytest.param("multipart/alternative; boundary=X", PLAIN + HTML + END, "plain", id="plain before HTML"),
    pytest.param(
        "multipart/alternative; boundary=X",
        part("text/plain", "  ") + HTML + END,
        "html",
        id="HTML where plain is empty",
    ),
    pytest.param("multipart/alternative; boundary=X", HTML + END, "html", id="HTML alone"),
    pytest.param(
        "multipart/mixed; boundary=X", PLAIN + part("text/plain", "more") + END, "plain\n\nmore", id="several parts"
    ),
    pytest.param("multipart/mixed; boundary=X", HTML + PLAIN + END, "html\n\nplain", id="a footer behind HTML"),
    pytest.param("multipart/mixed; boundary=X", PLAIN, "plain", id="no closing delimiter"),
    pytest.param("multipart/mixed", PLAIN + END, "plain", id="no boundary given"),
    pytest.param("multipart/mixed; boundary=Y", "just text", "just text", id="a boundary that does not occur"),
    pytest.param('multipart/mixed;\nboundary="X"', PLAIN + END, "plain", id="a parameter that lost its blank"),
    pytest.param(
        "multipart/mixed; boundary=X", "--XY\n\nno\n" + PLAIN + END, "plain", id="a longer line is no delimiter"
    ),
    pytest.param("multipart/mixed; boundary=X", "preamble\n" + PLAIN + END, "plain", id="the preamble is no text"),
    pytest.param(
        "multipart/mixed; boundary=X",
        part("multipart/alternative; boundary=Y", "--Y\n\ninner\n--Y\nContent-Type: text/html\n\n<p>no\n--Y--") + END,
        "inner",
        id="parts within parts",
    ),
    pytest.param(
        "multipart/mixed; boundary=X", PLAIN + part("text/calendar", "BEGIN:VCALENDAR") + END, "plain", id="a calendar"
    ),
    pytest.param(
        "multipart/mixed; boundary=X",
        PLAIN + part("message/rfc822", "Subject: b\n\nold") + END,
        "plain",
        id="an attached mail",
    ),
    pytest.param("text/plain", "<html><body><p>html</p></body></html>", "html", id="HTML that says it is plain"),
]


@pytest.mark.parametrize(("content_type", "body", "expected"), TEXTS)
def test_the_text_is_chosen(content_type: str, body: str, expected: str) -> None:
    assert mail(content_type, body).text == expected


def test_attachments_are_named_and_not_read() -> None:
    disposition = "Content-Disposition: attachment; filename*=UTF-8''faktura%20pa%C5%BAdziernik.pdf\n"
    message = mail("multipart/mixed; boundary=X", PLAIN + part("application/pdf", "%PDF", disposition) + END)
    assert message.attachments == (Attachment("faktura październik.pdf", "application/pdf", 5),)
    assert message.part_types == {"multipart/mixed", "text/plain", "application/pdf"}


NAMES = [
    pytest.param('attachment; filename="a b.pdf"', "a b.pdf", id="quoted"),
    pytest.param("attachment; filename==?utf-8?Q?=C5=BC.pdf?=", "ż.pdf", id="encoded as in a header"),
    pytest.param("attachment; filename*0=long-; filename*1=name.pdf", "long-name.pdf", id="continued"),
    pytest.param("attachment; filename*0*=utf-8''%C5%BC; filename*1*=.pdf", "ż.pdf", id="continued and encoded"),
    pytest.param("attachment", "", id="without a name"),
]


@pytest.mark.parametrize(("disposition", "name"), NAMES)
def test_a_file_name_is_read_however_it_is_written(disposition: str, name: str) -> None:
    data = part("application/pdf", "%PDF", f"Content-Disposition: {disposition}\n")
    assert mail("multipart/mixed; boundary=X", data + END).attachments[0].filename == name


def test_what_a_forwarded_mail_holds_does_not_speak_for_the_mail() -> None:
    inner = "Content-Type: multipart/report; boundary=Z\n\n--Z\nContent-Type: message/delivery-status\n\nx\n--Z--"
    message = mail("multipart/mixed; boundary=X", PLAIN + part("message/rfc822", inner) + END)
    assert message.part_types == {"multipart/mixed", "text/plain", "message/rfc822"}


PAGES = [
    pytest.param("<p>one</p><p>two</p>", "one\n\ntwo", id="paragraphs"),
    pytest.param("one<br>two<br/>three", "one\ntwo\nthree", id="line breaks"),
    pytest.param("<div>one</div><div>two</div>", "one\ntwo", id="divisions"),
    pytest.param("a  \n b&nbsp;c &amp; d", "a b c & d", id="white space and entities"),
    pytest.param("<ul><li>one<li>two</ul>", "- one\n- two", id="a list"),
    pytest.param("<table><tr><td>a<td>b<tr><td>c</table>", "a b\nc", id="a table"),
    pytest.param("<pre>a\n  b</pre>", "a\n  b", id="preformatted"),
    pytest.param("<style>p{}</style><script>x</script><title>t</title>seen", "seen", id="what is not shown"),
    pytest.param('<div style="display: NONE">no</div><span hidden>no</span>yes', "yes", id="what is hidden"),
    pytest.param('<p style="font-size:0.9em">yes</p><p style="font-size: 0">no</p>', "yes", id="small is not hidden"),
    pytest.param(
        "new<blockquote>old<blockquote>older</blockquote></blockquote>", "new\n\n> old\n>\n> > older", id="quotes"
    ),
    pytest.param(
        '<div>new</div><div class="gmail_quote"><div>On Friday Jan wrote:</div><blockquote>old</blockquote>'
        "<div>answer</div></div>",
        "new\nOn Friday Jan wrote:\n\n> old\n\nanswer",
        id="an answer between quotes stays hers",
    ),
    pytest.param("za\u200bżółć\ufeff", "zażółć", id="invisible characters"),
    pytest.param("", "", id="nothing"),
    pytest.param("<", "<", id="a lone bracket"),
    pytest.param("<!-- a comment -->", "", id="a comment"),
]


@pytest.mark.parametrize(("html", "expected"), PAGES)
def test_html_becomes_the_text_that_is_seen(html: str, expected: str) -> None:
    assert from_html(html) == expected
