"""Somebody who is no client gets one friendly answer, where that is wanted and she is proven to be who she says."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from tests.stories.conftest import CLIENTS, OpenStage
from tests.stories.reading import at, mails, phone, text_of
from triage_bot.demo.stage import Stage

ASKS = "Dzień dobry, szukam wirtualnej asystentki. Czy ma Pani wolne godziny?"
PROVEN = {"Authentication-Results": "mx.zaradna.example; dmarc=pass header.from=nieznany.example"}


@pytest.fixture
def greeting(on_stage: OpenStage) -> Callable[[], Awaitable[Stage]]:
    async def open_greeting() -> Stage:
        stage = await on_stage(at(20, 9))
        line = f"      smtp: {{host: 127.0.0.1, port: {stage.smtp.port}, security: none}}\n"
        wanted = "      acknowledge_strangers: once\n      authserv_id: mx.zaradna.example\n"
        stage.write_config(CLIENTS, changes={line: line + wanted})
        await stage.stop()
        await stage.start()
        return stage

    return open_greeting


async def test_a_stranger_is_answered_once_in_all(greeting: Callable[[], Awaitable[Stage]]) -> None:
    stage = await greeting()
    await stage.mail("ktos@nieznany.example", "Współpraca", ASKS, headers=PROVEN)
    await stage.quiet()
    (answer,) = mails(stage)
    assert "nową współpracę" in text_of(answer)
    assert "dziś o 12:00" in text_of(answer)
    await stage.move(timedelta(days=20))
    told = len(phone(stage))
    await stage.mail("ktos@nieznany.example", "Jeszcze jedno", "Ile kosztuje godzina?", headers=PROVEN)
    await stage.quiet()
    assert len(mails(stage)) == 1
    assert len(phone(stage)) == told


async def test_a_domain_of_strangers_gets_one_an_hour(greeting: Callable[[], Awaitable[Stage]]) -> None:
    stage = await greeting()
    for name in ("a", "b", "c"):
        await stage.mail(f"{name}@nieznany.example", "Współpraca", f"{ASKS} {name}", headers=PROVEN)
    await stage.quiet()
    assert len(mails(stage)) == 1


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="nobody has checked the sender"),
        pytest.param({"Authentication-Results": "mx.zaradna.example; dmarc=fail"}, id="the check failed"),
        pytest.param({"Authentication-Results": "evil.example; dmarc=pass"}, id="somebody else says that it passed"),
        pytest.param(PROVEN | {"List-Id": "<news.example>"}, id="a mailing list"),
        pytest.param(PROVEN | {"Auto-Submitted": "auto-generated"}, id="a machine"),
    ],
)
async def test_others_get_nothing(greeting: Callable[[], Awaitable[Stage]], headers: dict[str, str]) -> None:
    stage = await greeting()
    await stage.mail("ktos@nieznany.example", "Współpraca", ASKS, headers=headers)
    await stage.quiet()
    assert mails(stage) == []


async def test_who_was_not_written_to_by_name_says_nothing(greeting: Callable[[], Awaitable[Stage]]) -> None:
    """A blind copy is how circulars come."""
    stage = await greeting()
    raw = (
        "Authentication-Results: mx.zaradna.example; dmarc=pass\r\nFrom: ktos@nieznany.example\r\n"
        "To: undisclosed-recipients:;\r\nSubject: Oferta\r\nMessage-ID: <1@nieznany.example>\r\n\r\nCzy mozna?\r\n"
    )
    await stage.mail("", "", "", raw=raw.encode())
    await stage.quiet()
    assert mails(stage) == []
