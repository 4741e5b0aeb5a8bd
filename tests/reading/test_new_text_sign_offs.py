"""Signatures, lines of telephones and apps, disclaimers and warnings at the head."""

import pytest

from triage_bot.reading.new_text import split

NEW = "Proszę o fakturę do piątku."


@pytest.mark.parametrize(
    "line",
    [
        "Wysłane z iPhone'a",
        "Wysłano z mojego iPhone’a",
        "Wysłane z mojego telefonu",
        "Wysłane ze smartfona Samsung Galaxy.",
        "Wysłane z urządzenia Galaxy",
        "Wysłano z telefonu HUAWEI",
        "Wysłano z aplikacji Gmail na Androida",
        "Wysłane z aplikacji mobilnej Poczta Onet",
        "Wysłano z aplikacji WP Poczta",
        "Wysłane z Yahoo Mail do systemu Android",
        "Wysłane z programu Poczta systemu Windows",
        "Wysłano z Proton Mail na Androida",
        "Pobierz aplikację Outlook dla systemu iOS",
        "Uzyskaj aplikację Outlook dla systemu Android<https://aka.example/x?a=1>",
        "Poslato sa mog iPhone uređaja",
        "Poslato sa iPhone-a",
        "Послато са мог iPhone-a",
        "Poslato sa mog telefona",
        "Poslato iz aplikacije Gmail",
        "Послато са Samsung Galaxy уређаја",
        "Poslano s mog uređaja Galaxy",
        "Preuzmite Outlook za iOS",
        "Preuzmi Outlook za Android",
        "Sent from my iPhone",
        "Sent from my iPad!",
        "Sent from my Galaxy",
        "Sent from Outlook for Android",
        "Sent from Yahoo Mail on Android",
        "Sent with Proton Mail secure email.",
        "Sent via BlackBerry",
        "Sent from Mail for Windows",
        "Get Outlook for iOS<https://aka.example/o>",
        "Get BlueMail for Android",
        "Sent from my phone, please excuse typos",
        "Von meinem iPhone gesendet",
        "Gesendet von Outlook für Android",
        "Envoyé de mon iPhone",
        "Enviado desde mi iPhone",
        "Inviato da iPhone",
        "Sent from Surface Pro",
        "Napisane na telefonie, przepraszam za błędy",
        "Wysłane za pomocą bezpłatnej aplikacji BlueMail",
        "Izvinite na kratkom odgovoru, poslato sa mobilnog",
    ],
)
def test_a_line_of_a_telephone_or_an_app_is_not_hers(line: str) -> None:
    assert split(f"{NEW}\n\n{line}").new == NEW
    assert split(f"{NEW}\n\n{line}\n\nW dniu 9.03.2027 o 08:55, Kasia pisze:\n> Kiedy?").new == NEW


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param("-- \nHanna Kot\nBiuro", id="marked"),
        pytest.param("--\nPILNE zlecenia 24h!", id="marked, with an advertisement"),
        pytest.param("—\nHanna Kot", id="a long dash"),
        pytest.param("\n_____________\nHanna Kot\ntel. 500 100 200", id="a drawn line"),
        pytest.param("\n---\nHanna Kot", id="three dashes and a name"),
        pytest.param("\nHanna Kot\nKierownik biura\ntel. 500 100 200\nwww.kot.example", id="not marked"),
        pytest.param("\nHanna Kot | Kot i Spółka\nul. Długa 5\nhanna@kot.example", id="with a bar"),
        pytest.param("\nJovana Ilić\nAgencija Ilić d.o.o.\nmob: 064 123 4567", id="Serbian"),
        pytest.param("\nJohn Doe\nDoe Ltd\n+44 20 0000 0000", id="English"),
    ],
)
def test_a_signature_is_not_hers(signature: str) -> None:
    assert split(f"{NEW}\n{signature}").new == NEW


@pytest.mark.parametrize("closing", ["Pozdrawiam,", "Z poważaniem", "Srdačan pozdrav,", "Best regards,", "Viele Grüße"])
def test_a_closing_stays_without_the_address_below_it(closing: str) -> None:
    assert split(f"{NEW}\n\n{closing}\nHanna Kot\ntel. 500 100 200").new == f"{NEW}\n\n{closing}"


@pytest.mark.parametrize(
    "text",
    [
        "Niniejsza wiadomość jest poufna i przeznaczona wyłącznie dla adresata.",
        "Niniejsza wiadomość e-mail oraz załączniki mogą zawierać\ninformacje poufne.",
        "Treść tej wiadomości zawiera informacje przeznaczone tylko dla adresata.",
        "Jeżeli nie są Państwo adresatem, prosimy o niezwłoczne usunięcie wiadomości.",
        "Administratorem Państwa danych osobowych jest Kot sp. z o.o.",
        "Zgodnie z RODO informujemy, że administratorem danych osobowych jest Kot.",
        "Klauzula informacyjna RODO: www.kot.example/rodo",
        "Kot sp. z o.o., Sąd Rejonowy w Krakowie, KRS 0000000000, kapitał zakładowy 5000 zł",
        "Zanim wydrukujesz, pomyśl o środowisku.",
        "Ova poruka je poverljiva i namenjena samo primaocu.",
        "Ова порука и прилози су поверљиви.",
        "Ukoliko ste greškom primili ovu poruku, obrišite je.",
        "Izjava o poverljivosti: sadržaj je poverljiv.",
        "Molimo razmislite pre nego što odštampate ovu poruku.",
        "This e-mail is confidential and intended only for the addressee.",
        "This message and any attachments are privileged.",
        "The information contained in this e-mail is confidential.",
        "If you have received this e-mail in error, you are not the intended recipient.",
        "CONFIDENTIALITY NOTICE: do not copy.",
        "Please consider the environment before printing.",
        "Diese E-Mail enthält vertrauliche Informationen.",
        "Ce message est confidentiel.",
        "POUFNOŚĆ: Niniejsza wiadomość przeznaczona jest tylko dla adresata",
        "NAPOMENA: Ova elektronska poruka je poverljiva",
    ],
)
def test_a_disclaimer_ends_the_text(text: str) -> None:
    assert split(f"{NEW}\n\n{text}\nDalszy ciąg formuły, bez znaczenia dla nikogo.").new == NEW
    assert split(f"{NEW}\n\n------------------\n{text}").new == NEW


@pytest.mark.parametrize(
    "banner",
    [
        "CAUTION: This email originated from outside of the organization. Do not click links.",
        "[EXTERNAL]",
        "You don't often get email from hanna@kot.example. Learn why this is important",
        "UWAGA: Wiadomość pochodzi spoza organizacji.",
        "Nieczęsto otrzymujesz wiadomości e-mail z adresu hanna@kot.example.",
    ],
)
def test_the_warning_of_a_mail_server_is_not_hers(banner: str) -> None:
    assert split(f"{banner}\n\n{NEW}").new == NEW


def test_a_signature_above_the_quote_does_not_end_the_answer_below_it() -> None:
    body = f"{NEW}\n-- \nHanna\n\nOn 9.03.2027 08:55, Kate wrote:\n> Kiedy?\n\nAha, i jeszcze umowa."
    assert split(body).new == f"{NEW}\n\nAha, i jeszcze umowa."


@pytest.mark.parametrize("body", ["", " ", "\n", "Wysłane z iPhone'a", "> tylko cytat"])
def test_who_wrote_nothing_has_no_new_text(body: str) -> None:
    assert split(body).new == ""
