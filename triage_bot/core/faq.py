"""Questions that come again and again, and what the assistant usually answers.

By default an answer is only suggested to her. One that may be told goes to the client with the acknowledgement; where
none goes out, it is a suggestion as the others are.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from triage_bot.core.items import SUGGESTED
from triage_bot.core.reasons import Reason
from triage_bot.core.rules import Pattern

TOLD = "told"
"""Code of the reason that names an answer which the client got with the acknowledgement."""


@dataclass(frozen=True, slots=True)
class Question:
    """`words` finds the question in folded text; `clients` are those it is meant for, none for all. `tell` sends the
    answer with the acknowledgement."""

    name: str
    words: Pattern
    answer: str
    clients: frozenset[str] = frozenset()
    tell: bool = False


def answers(questions: Iterable[Question], client: str, folded: str) -> Iterator[Reason]:
    """What could be answered, in the order of the configuration."""
    for question in questions:
        if (not question.clients or client in question.clients) and question.words.search(folded):
            yield Reason(TOLD if question.tell else SUGGESTED, {"name": question.name, "answer": question.answer})


def shown(found: Iterable[Reason], *, acknowledged: bool) -> tuple[Reason, ...]:
    """What the assistant reads of the answers: an answer that nobody was told is a suggestion."""
    return tuple(each if acknowledged else replace(each, code=SUGGESTED) for each in found)


def told(found: Iterable[Reason]) -> tuple[str, ...]:
    """The answers that the acknowledgement gives."""
    return tuple(each.values["answer"] for each in found if each.code == TOLD)
