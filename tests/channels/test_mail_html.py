"""Replies in HTML, as mail programs mark them: what the client wrote is told from the rest in any language."""

import pytest

from triage_bot.channels.mail_text import from_html
from triage_bot.reading.new_text import split

HEADERS = (
    "<b>Od:</b> Kasia &lt;k@va.example&gt;<br><b>Wysłano:</b> wtorek, 9 marca 2027 08:55<br><b>Do:</b> Jan<br>"
    "<b>Temat:</b> plan"
)
FOREIGN = (
    "<b>Feladó:</b> Kata &lt;k@va.example&gt;<br><b>Küldés ideje:</b> 2027. március 9. 8:55<br>"
    "<b>Címzett neve:</b> Jan<br><b>Témája:</b> terv"
)


@pytest.mark.parametrize(
    "html",
    [
        pytest.param(
            '<div dir="ltr">Tak.</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">wt., 9 mar 2027 o'
            ' 08:55 Kasia &lt;<a href="mailto:k@va.example">k@va.example</a>&gt; napisał(a):<br></div>'
            '<blockquote class="gmail_quote">Kiedy?</blockquote></div>',
            id="Gmail",
        ),
        pytest.param(
            '<div>Tak.</div><div class="gmail_quote"><div class="gmail_attr">Kata ezt írta<br></div>'
            '<blockquote class="gmail_quote">Kiedy?</blockquote></div>',
            id="Gmail in a language that nobody here reads",
        ),
        pytest.param(
            '<div>Tak.</div><div class="gmail_quote">On Tue, 9 Mar 2027 at 08:55, Kate &lt;k@va.example&gt; wrote:<br>'
            "<div>Kiedy?</div></div>",
            id="Gmail without a blockquote",
        ),
        pytest.param(
            '<p>Tak.</p><div class="moz-cite-prefix">W dniu 9.03.2027 o 08:55, Kasia pisze:<br></div>'
            '<blockquote type="cite" cite="mid:1@va.example"><p>Kiedy?</p></blockquote>',
            id="Thunderbird",
        ),
        pytest.param(
            '<div class="moz-cite-prefix">Am 9.03.2027 schrieb Kasia:<br></div>'
            '<blockquote type="cite"><p>Kiedy?</p></blockquote><p>Tak.</p>',
            id="Thunderbird, answer below",
        ),
        pytest.param(
            '<p>Tak.</p><pre class="moz-signature">-- \nHanna Kot\nPILNE</pre><blockquote type="cite">a</blockquote>',
            id="Thunderbird, signature",
        ),
        pytest.param(
            '<div>Tak.</div><div class="gmail_signature">Hanna Kot<br>PILNE zlecenia</div>', id="Gmail, signature"
        ),
        pytest.param(
            '<div>Tak.</div><span class="gmail_signature_prefix">-- </span><br>'
            '<div class="gmail_signature">Hanna</div>',
            id="Gmail, signature with its mark",
        ),
        pytest.param(
            f'<div>Tak.</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg">{HEADERS}</div><div>Kiedy?</div>',
            id="Outlook on the web",
        ),
        pytest.param(
            f'<div>Tak.</div><div id="Signature">Hanna Kot</div><hr><div id="divRplyFwdMsg">{FOREIGN}</div>Kiedy?',
            id="Outlook on the web in a language that nobody here reads",
        ),
        pytest.param(
            '<p class="MsoNormal">Tak.</p><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt">'
            f'<p class="MsoNormal">{FOREIGN}</p></div><p class="MsoNormal">Kiedy?</p>',
            id="classic Outlook",
        ),
        pytest.param(
            '<div>Tak.</div><div>Wysłane z iPhone\'a</div><div><br><blockquote type="cite">Wiadomość napisana przez '
            "Kasia &lt;k@va.example&gt; w dniu 09.03.2027, o godz. 08:55:<br></blockquote></div>"
            '<blockquote type="cite">Kiedy?</blockquote>',
            id="Apple Mail on a telephone",
        ),
        pytest.param(
            '<div>Tak.</div><div class="yahoo_quoted" id="y"><div>W dniu wtorek, 9 marca 2027 08:55:12 CET użytkownik '
            "Kasia &lt;k@va.example&gt; napisał:</div><div><br></div><div>Kiedy?</div></div>",
            id="Yahoo",
        ),
        pytest.param(
            '<div>Tak.</div><div class="protonmail_signature_block"><div>Hanna Kot</div></div><div '
            'class="protonmail_quote">On Tuesday, March 9th, 2027 at 08:55, Kate &lt;k@va.example&gt; wrote:<br>'
            '<blockquote class="protonmail_quote" type="cite">Kiedy?</blockquote></div>',
            id="Proton",
        ),
        pytest.param(
            "<p>Dana 2027-03-09 08:55, Jelena je napisala:</p><blockquote>Kada?</blockquote><p>Tak.</p>",
            id="Roundcube, answer below",
        ),
    ],
)
def test_only_the_answer_is_new(html: str) -> None:
    assert split(from_html(html)).new == "Tak."


def test_what_gmail_passes_on_is_kept_apart() -> None:
    html = (
        '<div>Proszę się zająć.</div><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message '
        "---------<br>Od: Biuro &lt;b@a.example&gt;<br>Subject: umowa<br></div>Do 13:00.</div>"
    )
    parts = split(from_html(html))
    assert (parts.new, parts.forwarded) == ("Proszę się zająć.", "Do 13:00.")


def test_what_is_only_indented_is_her_own() -> None:
    html = 'Punkty:<blockquote style="margin:0 0 0 40px; border:none; padding:0px">faktura</blockquote>Tyle.'
    assert split(from_html(html)).new.split() == ["Punkty:", "faktura", "Tyle."]


def test_answers_between_the_quotes_are_all_kept() -> None:
    html = (
        '<div class="gmail_quote"><div class="gmail_attr">Kasia napisała:</div><blockquote>Kiedy?</blockquote>'
        "<div>W piątek.</div><blockquote>Ile?</blockquote><div>Dwa.</div></div>"
    )
    assert split(from_html(html)).new.split() == ["W", "piątek.", "Dwa."]


def test_marks_of_an_older_mail_tell_nothing() -> None:
    html = '<div>Tak.</div><div class="x_gmail_signature">I jeszcze umowa.</div>'
    assert split(from_html(html)).new.split() == ["Tak.", "I", "jeszcze", "umowa."]
