"""What the assistant is told of mailboxes that cannot be read, and of acknowledgements that are stopped."""

import asyncio
from datetime import timedelta

from tests.troubles.her import MOST_AN_HOUR, Her
from triage_bot.errors import (
    FailureKind,
    LeaseLost,
    NothingThere,
    PermanentFailure,
    TemporaryFailure,
    not_recorded,
)
from triage_bot.health import LOOK_EVERY, TELL_AFTER, Health
from triage_bot.troubles import MOST_NAMED

NO_ANSWER = TemporaryFailure("IMAP: no answer", kind=FailureKind.NO_ANSWER)
REFUSED = PermanentFailure("IMAP: refused", kind=FailureKind.LOGIN_REFUSED)


async def test_an_outage_is_told_after_a_quarter_of_an_hour_and_its_end_at_once(her: Her) -> None:
    health = her.health()
    health("m01/INBOX", REFUSED)
    her.clock.move(TELL_AFTER - LOOK_EVERY)
    await health.tell_what_changed()
    assert her.hears() == []
    her.clock.move(LOOK_EVERY)
    health("m01/INBOX", REFUSED)
    await health.tell_what_changed()
    await health.tell_what_changed()
    [told] = her.hears()
    assert told.startswith("⚠️ <b>I cannot read m01@va.example</b> (since 8 am today): the password was refused. ")
    health("m01/INBOX", None)
    await health.tell_what_changed()
    await health.tell_what_changed()
    assert her.hears() == ["✅ m01@va.example can be read again. The outage began: 8 am today."]


async def test_an_outage_began_when_the_source_was_read_last(her: Her) -> None:
    """It is met late where the server says nothing; but one failure after looks that are far apart is none yet."""
    health = her.health()
    for source in ("m01/INBOX", "m02/INBOX"):
        health(source, None)
    her.clock.move(timedelta(minutes=9))
    health("m01/INBOX", NO_ANSWER)
    her.clock.move(timedelta(minutes=6))
    health("m02/INBOX", NO_ANSWER)
    await health.tell_what_changed()
    [told] = her.hears()
    assert "m01@va.example</b> (since 8 am today)" in told
    her.clock.move(TELL_AFTER)
    await health.tell_what_changed()
    [told] = her.hears()
    assert "m02@va.example</b> (since 8:15 am today)" in told


async def test_one_that_was_over_in_time_is_never_told_and_the_next_one_begins_anew(her: Her) -> None:
    health = her.health()
    health("m01/INBOX", NO_ANSWER)
    await health.tell_what_changed()
    her.clock.move(TELL_AFTER)
    health("m01/INBOX", None)
    health("m01/INBOX", NO_ANSWER)
    await health.tell_what_changed()
    assert her.hears() == []
    her.clock.move(TELL_AFTER)
    await health.tell_what_changed()
    assert "since 8:15 am today" in her.hears()[0]


async def test_another_worker_goes_on_where_the_first_one_was(her: Her) -> None:
    first, second = her.health(), her.health()
    first("m01/INBOX", NO_ANSWER)
    await first.tell_what_changed()
    first.forget("m01")
    her.clock.move(TELL_AFTER)
    second("m01/INBOX", NO_ANSWER)
    await first.tell_what_changed()
    await second.tell_what_changed()
    assert "since 8 am today" in her.hears()[0]
    third = her.health()
    third("m01/INBOX", NO_ANSWER)
    await third.tell_what_changed()
    third("m01/INBOX", None)
    await third.tell_what_changed()
    assert her.hears() == ["✅ m01@va.example can be read again. The outage began: 8 am today."]


async def test_two_that_look_at_the_same_moment_tell_once(her: Her) -> None:
    both = her.health(), her.health()
    for health in both:
        health("m01/INBOX", NO_ANSWER)
        await health.tell_what_changed()
    her.clock.move(TELL_AFTER)
    await asyncio.gather(*(health.tell_what_changed() for health in both))
    assert len(her.hears()) == 1


async def test_of_many_that_are_out_for_one_reason_she_hears_in_one_message(her: Her) -> None:
    health = her.health()
    for number in range(MOST_NAMED + 3):
        health(f"m{number:02}/INBOX", NO_ANSWER)
    health("m19/Praca", REFUSED)
    health("telegram", NO_ANSWER)
    her.clock.move(TELL_AFTER)
    await health.tell_what_changed()
    her.clock.move(TELL_AFTER)
    await health.tell_what_changed()
    silent, refused, telegram = her.hears()
    assert "m00@va.example, m01@va.example" in silent
    assert "m09@va.example (+3)</b>" in silent
    assert "I cannot read m19@va.example (Praca)</b>" in refused
    assert "I cannot read telegram</b>" in telegram


async def test_of_addresses_that_are_long_as_many_are_named_as_a_line_holds(her: Her) -> None:
    long = {f"{number}{'x' * 99}/INBOX": her.clock.now() for number in range(5)}
    for source, since_at in long.items():
        her.store.note_outage(source, since_at)
    await her.troubles().unreachable(long, FailureKind.NO_ANSWER, "no answer")
    [told] = her.hears()
    assert f"0{'x' * 99}, 1{'x' * 99} (+3)</b>" in told


async def test_an_account_that_cannot_send_is_told_beside_a_mailbox_that_cannot_be_read(her: Her) -> None:
    health = her.health()
    health("m01/INBOX", REFUSED)
    health.sending("m01", REFUSED)
    her.clock.move(TELL_AFTER)
    await health.tell_what_changed()
    reading, sending = her.hears()
    assert "I cannot read m01@va.example</b>" in reading
    assert "Nothing can be sent from m01@va.example</b> (since 8 am today): the password was refused. " in sending
    health.sending("m01", None)
    await health.tell_what_changed()
    assert her.hears() == ["✅ Sending from m01@va.example works again. The outage began: 8 am today."]


async def test_sending_by_telegram_is_the_outage_of_telegram(her: Her) -> None:
    health = her.health()
    health("telegram", NO_ANSWER)
    health.sending("telegram", NO_ANSWER)
    her.clock.move(TELL_AFTER)
    await health.tell_what_changed()
    assert len(her.hears()) == 1


async def test_of_outages_beyond_the_alerts_of_an_hour_she_hears_together(her: Her) -> None:
    health, troubles = her.health(), her.troubles()
    for number in range(MOST_AN_HOUR + 2):
        health(f"m{number:02}/INBOX", NO_ANSWER)
        await health.tell_what_changed()
        her.clock.move(LOOK_EVERY)
    her.clock.move(TELL_AFTER)
    for _ in range(MOST_AN_HOUR + 2):
        await health.tell_what_changed()
    [together] = her.hears()  # all of them: they were due at once
    assert "m00@va.example" in together
    for number in range(MOST_AN_HOUR + 2):
        health(f"m{number:02}/INBOX", None)
        await health.tell_what_changed()
    assert len(her.hears()) == MOST_AN_HOUR - 1
    await troubles.tell_the_rest()
    [rest] = her.hears()
    assert [line.split("@")[0] for line in rest.split("\n\n")] == ["✅ m04", "✅ m05", "✅ m06"]


async def test_the_outage_of_a_mailbox_that_is_no_longer_configured_is_forgotten(her: Her) -> None:
    health = her.health()
    for source in ("m01/INBOX", "m02/INBOX", "telegram"):
        health(source, NO_ANSWER)
    await health.tell_what_changed()
    her.store.keep_outages({"m01", "telegram"})
    assert set(her.store.outages()) == {"m01/INBOX", "telegram"}


async def test_that_all_acknowledgements_are_stopped_is_told_once_an_hour_by_whichever_worker(her: Her) -> None:
    first, second = her.troubles(), her.troubles()
    for _ in range(2):
        for troubles in (first, second):
            await troubles.breaker_open(200)
    assert len(her.hears()) == 1
    her.clock.move(timedelta(hours=1))
    await second.breaker_open(200)
    await first.breaker_open(200)
    assert len(her.hears()) == 1


async def test_what_another_worker_has_taken_over_is_no_outage(her: Her) -> None:
    health = her.health()
    health("m01/INBOX", None)
    health("m01/INBOX", not_recorded(LeaseLost("mailbox:m01")))
    assert health.sources["m01/INBOX"].why is None
    her.clock.move(TELL_AFTER)
    await health.tell_what_changed()
    assert her.hears() == []


async def test_a_folder_that_is_there_no_more_is_no_outage(her: Her) -> None:
    health = her.health()
    health("m01/Sent", NO_ANSWER)
    her.clock.move(TELL_AFTER)
    await health.tell_what_changed()
    assert len(her.hears()) == 1
    health("m01/Sent", NothingThere("no folder for sent mail"))
    await health.tell_what_changed()
    assert her.hears() == ["✅ m01@va.example (Sent) can be read again. The outage began: 8 am today."]
    assert her.store.outages() == {}


async def test_an_account_that_could_not_send_once_and_has_nothing_to_send_since_is_no_outage(her: Her) -> None:
    health = her.health()
    health.sending("m01", NO_ANSWER)
    await health.tell_what_changed()
    her.clock.move(TELL_AFTER)
    await health.tell_what_changed()
    assert her.hears() == []
    health.sending("m01", NO_ANSWER)
    await health.tell_what_changed()
    [told] = her.hears()
    assert told.startswith("⚠️ <b>Nothing can be sent from m01@va.example</b> (since 8 am today)")
    health.sending("m02", REFUSED)
    await health.tell_what_changed()
    her.clock.move(TELL_AFTER)
    await health.tell_what_changed()
    assert "m02@va.example" in her.hears()[0], "a password does not mend itself"


async def test_of_a_desk_that_cannot_be_written_to_its_own_source_tells(her: Her) -> None:
    """Also where the courier finds it out first."""
    health = her.health()
    health.sending("telegram", NO_ANSWER)
    health("telegram", NO_ANSWER)
    her.clock.move(TELL_AFTER)
    health.sending("telegram", NO_ANSWER)
    await health.tell_what_changed()
    assert set(her.store.outages()) == {"telegram"}


async def test_an_outage_that_nobody_could_be_told_of_is_told_to_whoever_has_a_chat_then(her: Her) -> None:
    before, after = Health(her.clock, her.without_chats(), desk="telegram"), her.health()
    for health in (before, after):
        health("m01/INBOX", NO_ANSWER)
    her.clock.move(TELL_AFTER)
    await before.tell_what_changed()
    await after.tell_what_changed()
    assert len(her.hears()) == 1
