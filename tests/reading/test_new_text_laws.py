"""Whatever a mail holds, its new text is whole lines of it, found in time linear in its length."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage_bot.channels.mail_text import from_html
from triage_bot.reading.new_text import split

PIECES = st.sampled_from(
    [
        "On Tue, 9 Mar 2027 at 08:55, Kate <k@va.example> wrote:", "W dniu 9.03.2027 o 08:55, Kasia pisze:",
        "Dana 9.3.2027. u 08:55, Jelena je napisala:", "wrote:", "<k@va.example> wrote:", "-----Original Message-----",
        "---- Kate wrote ----", "Od: Kasia <k@va.example>", "Wysłano: wtorek 08:55", "Do: Jan", "Temat: plan",
        "________________________________", "> stare", ">> starsze", ">", "-- ", "--", "---", "Sent from my iPhone",
        "Pozdrawiam", "Hanna Kot", "tel. 500 100 200", "This e-mail is confidential.", "[EXTERNAL]", "", " ", "Tak.",
        "Czy zdążymy na jutro?", ">>> X <<<", "2027/3/9 Kate <k@va.example>", "x" * 500, "\u2028", "ł", "🙂", "\r",
    ]
)  # fmt: skip


MAILS = st.lists(PIECES, max_size=25)


@given(st.one_of(st.text(), MAILS.map("\n".join), MAILS.map("\r\n".join)))
@settings(deadline=None, max_examples=500)
def test_what_is_left_is_whole_lines_in_their_order(body: str) -> None:
    parts = split(body)
    lines = iter([line.strip() for line in body.replace("\r", "\n").replace("\u2028", "\n").split("\n")])
    for line in filter(None, map(str.strip, parts.new.split("\n"))):
        assert line in lines


@pytest.mark.parametrize(
    "piece",
    [">", "a@", "On \n", "On 1.1.2027 10:00\n", "On 1.1.2027 10:00 <a@b>:\n", "> \n", "a\n", "-\n", "-- \n", "Od: a\n",
     "Od: a\nDo: b\nTemat: c\n\n", "Temat: a\nDo: b\n", "wrote:\n", "<a@b> wrote:\n", "This e-mail is x\n", "<", "\n",
     "Sent from my iPhone\n", "_____________________\n", "Jan Kowalski\n", "tel. 500 100 200\n", "Pozdrawiam\n", " ",
     "> (http://a\nb\n", "Date: From: To: ", "W dniu 1.1.2027 o 10:00 pisze:\n> x\n",
     "----Original Message----\n> a\n"],
)  # fmt: skip
def test_the_time_is_linear_in_the_text(piece: str) -> None:
    def seconds(size: int) -> float:
        body = (piece * (size // len(piece) + 1))[:size]
        started_at = time.process_time()
        split(body)
        return time.process_time() - started_at

    seconds(1_000)
    quarter, whole = seconds(50_000), seconds(200_000)
    assert whole < 10 * quarter + 0.1


@pytest.mark.parametrize(
    "piece",
    ['<div class="gmail_attr">', '<div class="gmail_signature">', '<div id="divRplyFwdMsg">', "<blockquote>",
     '<blockquote style="margin:0 0 0 40px;border:none">', '<div class="gmail_attr">a</div>',
     '<div class="moz-signature">a</div>', '<div style="border:none;border-top:solid">a</div>'],
)  # fmt: skip
def test_the_time_is_linear_in_the_marks_of_a_page(piece: str) -> None:
    def seconds(size: int) -> float:
        body = (piece * (size // len(piece) + 1))[:size]
        started_at = time.process_time()
        split(from_html(body))
        return time.process_time() - started_at

    seconds(1_000)
    quarter, whole = seconds(50_000), seconds(200_000)
    assert whole < 10 * quarter + 0.2
