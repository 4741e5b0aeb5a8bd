"""What the writer wrote herself, apart from quotes, forwards, signatures and footers."""

import pytest

from triage_bot.reading.new_text import split

GMAIL_PL = "W dniu wt., 9 mar 2027 o 08:55 Kasia <kasia@va.example> napisał(a):"
QUOTE = "> W załączeniu harmonogram.\n> Pozdrawiam"
NEW = "Dziękuję, wszystko jasne."


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"{NEW}\n\n{GMAIL_PL}\n{QUOTE}", id="Gmail, Polish"),
        pytest.param(f"{NEW}\n\nOn Tue, 9 Mar 2027 at 08:55, Kate <k@va.example> wrote:\n{QUOTE}", id="Gmail, English"),
        pytest.param(
            f"{NEW}\n\nOn Tue, 9 Mar 2027 at 08:55, Katarzyna Zaradna\n<kasia@va.example> wrote:\n{QUOTE}",
            id="Gmail, attribution over two lines",
        ),
        pytest.param(
            f"{NEW}\n\nuto, 9. mar 2027. u 08:55 Jelena <j@va.example> је написао/ла:\n{QUOTE}",
            id="Gmail, Serbian Cyrillic",
        ),
        pytest.param(
            f"{NEW}\n\nуто, 9. мар 2027. у 08:55 Јелена <j@va.example> je napisao/la:\n{QUOTE}", id="Serbian mixed"
        ),
        pytest.param(f"{NEW}\n\nDnia 9 marca 2027 08:55 Kasia <k@va.example> napisał(a):\n{QUOTE}", id="o2/WP"),
        pytest.param(f"{NEW}\n\nW dniu 9.03.2027 o 08:55, Kasia pisze:\n{QUOTE}", id="Thunderbird, Polish"),
        pytest.param(f"{NEW}\n\nDana 9.3.2027. u 08:55, Jelena je napisala:\n{QUOTE}", id="Thunderbird, Serbian"),
        pytest.param(
            f"{NEW}\n\nOd: Kasia <k@va.example>\nWysłano: wtorek, 9 marca 2027\nDo: Jan\nTemat: plan\n\nDzień dobry",
            id="Outlook, Polish",
        ),
        pytest.param(
            f"{NEW}\n\n________________________________\nFrom: Kate\nSent: Tuesday, March 9, 2027 8:55 AM\nTo: Jan\n"
            "Subject: plan\n\nHello",
            id="Outlook, English, with a rule",
        ),
        pytest.param(
            f"{NEW}\n\nOd: Jelena\nPoslato: utorak, 9. mart 2027. 08:55\nZa: Jovan\nNaslov: plan\n\nDobar dan",
            id="Outlook, Serbian",
        ),
        pytest.param(f"{NEW}\n\n-----Original Message-----\nFrom: Kate\nTo: Jan\n\nHello", id="divider, English"),
        pytest.param(f"{NEW}\n\n-----Wiadomość oryginalna-----\nOd: Kasia\n\nDzień dobry", id="divider, Polish"),
        pytest.param(f"{NEW}\n\n-------- Originalna poruka --------\nOd: Jelena\n\nDobar dan", id="divider, Serbian"),
        pytest.param(f"{GMAIL_PL}\n{QUOTE}\n\n{NEW}", id="bottom-posted"),
        pytest.param(f"{QUOTE}\n\n{NEW}", id="bottom-posted without attribution"),
        pytest.param(f"> plan\n\n{NEW}\n\n> reszta planu\n", id="between quotes"),
        pytest.param(f"{NEW}\n-- \nHanna Kot\nPILNE zlecenia: 500 000 000", id="signature"),
        pytest.param(f"{NEW}\n\nSent from my iPhone", id="mobile footer, English"),
        pytest.param(f"{NEW}\n\nWysłane z iPhone'a", id="mobile footer, Polish"),
        pytest.param(f"{NEW}\n\nPoslato sa mog iPhone-a", id="mobile footer, Serbian"),
        pytest.param(f"{NEW}\n\nPobierz aplikację Outlook dla systemu iOS", id="Outlook for iOS"),
        pytest.param(
            f"{NEW}\n\nTa wiadomość jest poufna i przeznaczona dla adresata.\nNatychmiast usuń.", id="disclaimer"
        ),
        pytest.param(f"{NEW}\nHanna Kot\nKierownik biura\ntel. 500 100 200\nwww.kot.example", id="contact block"),
        pytest.param(f"{NEW}\r\n\r\n{GMAIL_PL}\r\n> a\r\n", id="CRLF"),
    ],
)
def test_only_the_new_words_are_left(body: str) -> None:
    assert split(body).new == NEW


def test_a_single_name_below_stays() -> None:
    assert split("Proszę o fakturę.\nHanna").new == "Proszę o fakturę.\nHanna"


def test_what_was_forwarded_is_kept_apart() -> None:
    parts = split("Proszę się zająć.\n\n---------- Forwarded message ---------\nOd: Biuro\nTemat: umowa\n\nDo 13:00.")
    assert (parts.new, parts.forwarded) == ("Proszę się zająć.", "Do 13:00.")


def test_a_pure_forward_has_no_new_words() -> None:
    assert split("---------- Forwarded message ---------\nFrom: a@b.example\nSubject: x\n\nHello").new == ""


def test_a_list_of_data_is_no_header_block() -> None:
    body = "Proszę o wizytówki:\nImię: Jan\nTel: 500 000 000\nTemat zdjęcia: las"
    assert split(body).new == body


def test_a_sentence_that_ends_in_wrote_is_no_attribution() -> None:
    assert split("On Monday the lawyer wrote:\nplease sign.").new == "On Monday the lawyer wrote:\nplease sign."
