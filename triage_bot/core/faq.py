"""Questions that come again and again, and what the assistant usually answers: suggested to her, never sent."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from triage_bot.core.items import SUGGESTED
from triage_bot.core.reasons import Reason
from triage_bot.core.rules import Pattern


@dataclass(frozen=True, slots=True)
class Question:
    """`words` finds the question in folded text; `clients` are those it is meant for, none for all."""

    name: str
    words: Pattern
    answer: str
    clients: frozenset[str] = frozenset()


def suggestions(questions: Iterable[Question], client: str, folded: str) -> Iterator[Reason]:
    """What she could answer, in the order of the configuration."""
    for question in questions:
        if (not question.clients or client in question.clients) and question.words.search(folded):
            yield Reason(SUGGESTED, {"name": question.name, "answer": question.answer})
