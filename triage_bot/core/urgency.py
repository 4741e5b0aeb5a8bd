"""How urgent a message is under its agreement, and why.

Reason codes and their values (said in words by `templates/<language>/reason.txt`):

    deadline_before_check  words, deadline_at or deadline_on, check_at (absent: no check is ahead)
    deadline_after_check   words, deadline_at or deadline_on, check_at     the next check still comes in time
    deadline_far           words, deadline_at or deadline_on               a week off or more
    harm                   words                                           harm under way or coming
    immediate              words                                           a sincere call for immediate action
    can_wait               words                                           the client says that it can wait
    nothing_to_do          words                                           thanks, FYI, solved by itself
    machine                kind (newsletter, notification)                 sent by a machine, nothing follows from it
    task_dropped           words                                           a task is dropped, nothing has to be undone
    regular                -                                               nothing speaks for more or less: the default
    rule                   name, words (absent: it asks for none)          a rule of the user's decided
    tagged                 name, tag                                       and gave the item this tag

`words` are the client's own, several joined by " … ".
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from triage_bot.core.reasons import Reason
from triage_bot.reading.model import Deadline, Kind, Reading

FAR = timedelta(days=7)


class Urgency(StrEnum):
    URGENT = "urgent"
    NORMAL = "normal"
    LOW = "low"
    NONE = "none"


def judge(
    reading: Reading, *, sent_at: datetime, check_at: datetime | None, answer_at: datetime | None = None
) -> tuple[Urgency, tuple[Reason, ...]]:
    """`check_at` is the next check window at or after `sent_at` under the agreement, None if there is none ahead.
    `answer_at` is the moment by which the agreement promises the answer of that check, None if that is the check."""
    if reading.kind is Kind.NEWSLETTER:
        return Urgency.NONE, (Reason("machine", {"kind": reading.kind.value}),)
    urgent = _calls(reading, check_at, answer_at or check_at)
    if urgent:
        return Urgency.URGENT, urgent
    if reading.kind is Kind.NOTIFICATION and reading.nothing_to_do:
        return Urgency.NONE, (Reason("machine", {"kind": reading.kind.value}),)
    if reading.nothing_to_do:
        return Urgency.NONE, (_because("nothing_to_do", reading.nothing_to_do),)
    return _unhurried(reading, sent_at, check_at)


def _calls(reading: Reading, check_at: datetime | None, answer_at: datetime | None) -> tuple[Reason, ...]:
    """What makes it urgent, if anything does. A client who says that it can wait is believed, unless an hour that
    she names passes before the check."""
    found = []
    if reading.deadline is not None and _passes(reading.deadline.at, answer_at):
        found.append(_deadline_reason("deadline_before_check", reading.deadline, check_at))
    if not reading.can_wait:
        if reading.harm:
            found.append(_because("harm", reading.harm))
        if reading.immediate:
            found.append(_because("immediate", reading.immediate))
    return tuple(found)


def _unhurried(reading: Reading, sent_at: datetime, check_at: datetime | None) -> tuple[Urgency, tuple[Reason, ...]]:
    deadline = reading.deadline
    if deadline is not None:
        if _day(deadline.at) - sent_at.date() >= FAR:
            return Urgency.LOW, (_deadline_reason("deadline_far", deadline, None),)
        return Urgency.NORMAL, (_deadline_reason("deadline_after_check", deadline, check_at),)
    if reading.can_wait:
        return Urgency.LOW, (_because("can_wait", reading.can_wait),)
    if reading.kind is Kind.CANCELLATION and reading.dropped:
        return Urgency.LOW, (_because("task_dropped", reading.dropped),)
    return Urgency.NORMAL, (Reason("regular"),)


def _passes(at: date | datetime, answer_at: datetime | None) -> bool:
    """Whether the deadline is over before the answer can come. At the very minute it is; a day without an hour is kept
    by any answer of that day."""
    if answer_at is None:
        return True
    if isinstance(at, datetime):
        return at <= answer_at
    return at < answer_at.date()


def _day(at: date | datetime) -> date:
    return at.date() if isinstance(at, datetime) else at


def _because(code: str, words: Sequence[str]) -> Reason:
    return Reason(code, {"words": " … ".join(words)})


def _deadline_reason(code: str, deadline: Deadline, check_at: datetime | None) -> Reason:
    key = "deadline_at" if isinstance(deadline.at, datetime) else "deadline_on"
    values = {"words": deadline.words, key: deadline.at.isoformat()}
    if check_at is not None:
        values["check_at"] = check_at.isoformat()
    return Reason(code, values)
