"""The new text of replies as mail programs build them, in the languages that clients' programs speak."""

import pytest

from triage_bot.reading.new_text import split

NEW = "Dziękuję, wszystko jasne."
OLD = "W załączniku harmonogram.\nPozdrawiam"
MARKED = "> W załączniku harmonogram.\n>\n> Pozdrawiam"

ATTRIBUTIONS = [
    pytest.param("W dniu wt., 9 mar 2027 o 08:55 Kasia Nowak <kasia@va.example> napisał(a):", id="Gmail, Polish"),
    pytest.param("wt., 9 mar 2027 o 08:55 Kasia Nowak <kasia@va.example> napisał(a):", id="Gmail, Polish, newer"),
    pytest.param("W dniu 9 marca 2027 08:55 użytkownik Kasia <kasia@va.example> napisał:", id="Gmail, Polish, older"),
    pytest.param("Dnia 9 marca 2027 08:55 Kasia Nowak <kasia@va.example> napisał(a):", id="WP, o2, Onet"),
    pytest.param("Dnia wtorek, 9 marca 2027 08:55, Kasia <kasia@va.example> napisał(a):", id="Onet"),
    pytest.param("Dnia 09.03.2027 08:55 CET Kasia Nowak <kasia@va.example> napisał(a):", id="home.pl"),
    pytest.param("W dniu 2027-03-09 08:55, Kasia Nowak napisał(a):", id="Roundcube, Polish"),
    pytest.param("W dniu 9.03.2027 o 08:55, Kasia Nowak pisze:", id="Thunderbird, Polish"),
    pytest.param(
        "W dniu wtorek, 9 marca 2027 08:55:12 CET użytkownik Kasia <kasia@va.example> napisał:", id="Yahoo, Polish"
    ),
    pytest.param(
        "Wiadomość napisana przez Kasia Nowak <kasia@va.example> w dniu 09.03.2027, o godz. 08:55:",
        id="Apple Mail, Polish",
    ),
    pytest.param("uto, 9. mar 2027. u 08:55 Jelena Vasić <jelena@va.example> je napisao/la:", id="Gmail, Serbian"),
    pytest.param("уто, 9. мар 2027. у 08:55 Јелена <jelena@va.example> је написао/ла:", id="Gmail, Serbian Cyrillic"),
    pytest.param("Dana 9.3.2027. u 08:55, Jelena Vasić je napisao/la:", id="Thunderbird, Serbian"),
    pytest.param("Дана 9.3.2027. у 08:55, Јелена Васић је написао/ла:", id="Thunderbird, Serbian Cyrillic"),
    pytest.param("Dana 2027-03-09 08:55, Jelena Vasić je napisao:", id="Roundcube, Serbian"),
    pytest.param("On Tue, 9 Mar 2027 at 08:55, Kate Doe <kate@va.example> wrote:", id="Gmail, English"),
    pytest.param("On Mar 9, 2027, at 8:55 AM, Kate Doe <kate@va.example> wrote:", id="Apple Mail, English"),
    pytest.param("On 09/03/2027 08:55, Kate Doe wrote:", id="Thunderbird, English"),
    pytest.param("On 2027-03-09 08:55, Kate Doe wrote:", id="Roundcube, English"),
    pytest.param("On Tuesday, March 9th, 2027 at 8:55 AM, Kate <kate@va.example> wrote:", id="Proton"),
    pytest.param("On Tuesday, 9 March 2027 at 08:55:12 CET, Kate <kate@va.example> wrote:", id="Yahoo, English"),
    pytest.param("Am Di., 9. März 2027 um 08:55 Uhr schrieb Kate <kate@va.example>:", id="Gmail, German"),
    pytest.param("Am 09.03.27 um 08:55 schrieb Kate Doe:", id="Thunderbird, German"),
    pytest.param("Kate Doe <kate@va.example> schrieb am Di., 9. März 2027, 08:55:", id="Gmail, German, name first"),
    pytest.param("Kate Doe <kate@va.example> hat am 09.03.2027 08:55 geschrieben:", id="Open-Xchange, German"),
    pytest.param("Le mar. 9 mars 2027 à 08:55, Kate <kate@va.example> a écrit :", id="Gmail, French"),
    pytest.param("El mar, 9 mar 2027 a las 8:55, Kate (<kate@va.example>) escribió:", id="Gmail, Spanish"),
    pytest.param("Il giorno mar 9 mar 2027 alle ore 08:55 Kate <kate@va.example> ha scritto:", id="Gmail, Italian"),
    pytest.param("út 9. 3. 2027 v 8:55 odesílatel Kate <kate@va.example> napsal:", id="Gmail, Czech"),
    pytest.param("вт, 9 мар. 2027 г. в 08:55, Кейт <kate@va.example>:", id="Gmail, Russian"),
    pytest.param("Kate Doe <kate@va.example> ezt írta (időpont: 2027. márc. 9., K, 8:55):", id="Gmail, Hungarian"),
    pytest.param("---- On Tue, 09 Mar 2027 08:55:00 +0100 Kate <kate@va.example> wrote ----", id="Zoho"),
    pytest.param("---- Kate Doe wrote ----", id="an Android mail program"),
    pytest.param("Kate Doe <kate@va.example> wrote:", id="no date at all"),
    pytest.param("Kasia <kasia@va.example> napisał(a) w dniu 10.03.2027 o 07:02:", id="name first, Polish"),
    pytest.param("Jelena <jelena@va.example> je napisao/la dana 10.03.2027. u 07:02:", id="name first, Serbian"),
    pytest.param("Den ons 10 mars 2027 kl 07:02 skrev Kate <kate@va.example>:", id="Gmail, Swedish"),
    pytest.param("Op wo 10 mrt 2027 om 07:02 schreef Kate <kate@va.example>:", id="Gmail, Dutch"),
    pytest.param("Em qua., 10 de mar. de 2027 às 07:02, Kate <kate@va.example> escreveu:", id="Gmail, Portuguese"),
]


def wrapped(line: str, width: int) -> str:
    """As a program wraps it: between words."""
    lines = [""]
    for word in line.split(" "):
        if len(lines[-1]) + len(word) >= width and lines[-1]:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return "\n".join(lines)


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
@pytest.mark.parametrize(
    "body",
    [
        pytest.param("{new}\n\n{said}\n\n{marked}", id="answer above, with marks"),
        pytest.param("{new}\n\n{said}\n\n{old}", id="answer above, without marks"),
        pytest.param("{said}\n{marked}\n\n{new}", id="answer below"),
        pytest.param("{said}\n\n{marked}\n{new}\n\n", id="answer below without air"),
        pytest.param("{new}\n\nWysłane z iPhone'a\n\n{said}\n\n{old}", id="from a telephone"),
        pytest.param("{new}\n\n-- \nHanna Kot\n\n{said}\n\n{marked}", id="signature above the quote"),
    ],
)
def test_only_the_answer_is_new(body: str, attribution: str) -> None:
    assert split(body.format(new=NEW, said=attribution, old=OLD, marked=MARKED)).new == NEW


@pytest.mark.parametrize("attribution", [each for each in ATTRIBUTIONS if "--" not in str(each.values[0])])
@pytest.mark.parametrize("width", [60, 45])
def test_a_wrapped_attribution_is_taken_whole(attribution: str, width: int) -> None:
    assert split(f"{NEW}\n\n{wrapped(attribution, width)}\n{MARKED}").new == NEW


@pytest.mark.parametrize("attribution", ATTRIBUTIONS[:28])
def test_answers_between_the_quotes_are_all_kept(attribution: str) -> None:
    body = f"Cześć,\n\n{attribution}\n> Kiedy?\n\nW piątek.\n\n> Ile?\nDwa.\n> Gdzie?\n> I z kim?\n\nU mnie.\n\nHanna"
    assert split(body).new.split() == ["Cześć,", "W", "piątek.", "Dwa.", "U", "mnie.", "Hanna"]


HEADERS = [
    pytest.param(
        "Od: Kasia <k@va.example>\nWysłano: wtorek, 9 marca 2027 08:55\nDo: Jan\nTemat: plan", id="Outlook, Polish"
    ),
    pytest.param(
        "Od: Kasia <k@va.example>\nData: wtorek, 9 marca 2027 o 08:55\nDo: Jan <j@a.example>\nTemat: plan",
        id="Outlook for Mac, Polish",
    ),
    pytest.param(
        'Od: "Kasia" <k@va.example>\nDo: jan@a.example;\nWysłane: 8:55 Wtorek 2027-03-09\nTemat: plan', id="Interia"
    ),
    pytest.param("Od: Kasia\nWysłane: 9.03.2027 08:55\nDo: Jan\nDW: Ola\nTemat: plan", id="Outlook on the web, Polish"),
    pytest.param("*Od:* Kasia <k@va.example>\n*Wysłano:* 9.03.2027\n*Do:* Jan\n*Temat:* plan", id="with stars"),
    pytest.param("Od: Jelena\nPoslato: utorak, 9. mart 2027. 08:55\nZa: Jovan\nTema: plan", id="Outlook, Serbian"),
    pytest.param("Од: Јелена\nПослато: уторак, 9. март 2027. 08:55\nЗа: Јован\nТема: план", id="Outlook, Cyrillic"),
    pytest.param("Šalje: Jelena\nPoslato: 9.3.2027. 08:55\nPrima: Jovan\nNaslov: plan", id="a Serbian webmail"),
    pytest.param("From: Kate\nSent: Tuesday, March 9, 2027 8:55 AM\nTo: Jan\nSubject: plan", id="Outlook, English"),
    pytest.param(
        "From: Kate <k@va.example>\nDate: Tue, 9 Mar 2027 08:55:00 +0100\nTo: Jan\nSubject: plan", id="webmail, English"
    ),
    pytest.param(
        "Date: Tue, 9 Mar 2027 08:55:00 +0100\nSubject: plan\nFrom: k@va.example\nTo: j@a.example", id="date first"
    ),
    pytest.param(
        "From: Kate\n<k@va.example>\nSent: 9 March 2027\nTo: Jan\nSubject: a\nlong plan", id="wrapped headers"
    ),
    pytest.param("Von: Kate\nGesendet: Dienstag, 9. März 2027 08:55\nAn: Jan\nBetreff: Plan", id="Outlook, German"),
    pytest.param("De : Kate\nEnvoyé : mardi 9 mars 2027 08:55\nÀ : Jan\nObjet : plan", id="Outlook, French"),
    pytest.param("De: Kate\nEnviado: martes, 9 de marzo de 2027 8:55\nPara: Jan\nAsunto: plan", id="Outlook, Spanish"),
    pytest.param("Da: Kate\nInviato: martedì 9 marzo 2027 08:55\nA: Jan\nOggetto: piano", id="Outlook, Italian"),
    pytest.param("Date: Tue, 9 Mar 2027 08:55:00 +0100 From: k@va.example To: Jan Subject: plan", id="all in one line"),
]


@pytest.mark.parametrize("headers", HEADERS)
@pytest.mark.parametrize(
    "body",
    [
        pytest.param("{new}\n\n{headers}\n\n{old}", id="bare"),
        pytest.param("{new}\n\n________________________________\n{headers}\n\n{old}", id="below Outlook's rule"),
        pytest.param("{new}\n\n-----Original Message-----\n{headers}\n\n{old}", id="below a divider"),
        pytest.param("{new}\n\n-------- Sporočilo --------\n{headers}\n\n{old}", id="below an unknown divider"),
        pytest.param("{new}\n{headers}\n\n> {old}", id="without air"),
    ],
)
def test_what_follows_a_block_of_headers_is_old(body: str, headers: str) -> None:
    parts = split(body.format(new=NEW, headers=headers, old=OLD))
    assert parts.new == NEW
    assert parts.forwarded.startswith(("W załączniku", "-", "long plan", "<k@va.example>"))


@pytest.mark.parametrize(
    "divider",
    [
        "-----Original Message-----",
        "----- Original Message -----",
        "-----Wiadomość oryginalna-----",
        "-------- Oryginalna wiadomość --------",
        "-------- Originalna poruka --------",
        "-------- Оригинална порука --------",
        "-------- Izvorna poruka --------",
        "-----Ursprüngliche Nachricht-----",
        "-------- Originalnachricht --------",
        "-------- Message d'origine --------",
        "-------- Mensaje original --------",
        "-----Messaggio originale-----",
        "-----Mensagem original-----",
        "-----Oorspronkelijk bericht-----",
        "-------- Исходное сообщение --------",
        "---------- Forwarded message ---------",
        "----- Forwarded Message -----",
        "Begin forwarded message:",
        "-------- Przekazana wiadomość --------",
        "-------- Treść przekazanej wiadomości --------",
        "Początek przekazywanej wiadomości:",
        "---------- Prosleđena poruka ---------",
        "-------- Прослеђена порука --------",
        "-------- Weitergeleitete Nachricht --------",
        "-------- Message transféré --------",
        "---------- Messaggio inoltrato ---------",
    ],
)
def test_what_follows_a_divider_is_kept_apart(divider: str) -> None:
    parts = split(f"{NEW}\n\n{divider}\nOd: Biuro <b@a.example>\nTemat: umowa\n\n{OLD}")
    assert (parts.new, parts.forwarded) == (NEW, OLD)


def test_headers_in_an_unknown_language_are_known_by_outlooks_rule() -> None:
    block = "Feladó: Kata <k@a.example>\nKüldés ideje: 2027. március 9. 8:55\nCímzett neve: J\nTémája: terv"
    assert split(f"{NEW}\n\n________________________________\n{block}\n\n{OLD}").new == NEW


def test_a_long_paragraph_above_headers_stays() -> None:
    long = "Proszę o ofertę na kolejny rok. " * 20
    assert split(f"{long}\n\nOd: Kasia\nWysłano: wtorek\nDo: Jan\nTemat: plan\n\n{OLD}").new == long.strip()


def test_lines_that_lost_their_mark_are_quoted_still() -> None:
    quoted = "> To jest bardzo długi wiersz starej wiadomości, który program przełamał w\npołowie zdania bez znaku."
    assert split(f"{NEW}\n\n{quoted}\n> Koniec.").new == NEW


def test_a_quoted_link_over_two_lines_is_quoted_whole() -> None:
    assert split(f"{NEW}\n\n> Oferta (https://oferta.example/a\nb=1)\n> Koniec.").new == NEW
