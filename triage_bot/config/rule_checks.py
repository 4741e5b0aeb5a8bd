"""What is wrong with the user's rules beyond their single values: names that nobody has, and rules that never hit."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from pydantic import ValidationError

from triage_bot.config.agreement_model import AgreementSettings
from triage_bot.config.rule_logic import (
    STRANGER,
    Alternative,
    TooMany,
    Values,
    World,
    alternatives,
    contradiction,
    implies,
)
from triage_bot.config.rule_model import WhenSettings
from triage_bot.config.values import DAY_MINUTES, Wrong, did_you_mean, hours_of, hours_of_day_of, path_in
from triage_bot.config.yaml_places import Steps, Value, in_words
from triage_bot.core import rules
from triage_bot.reading.model import Locale

if TYPE_CHECKING:
    from triage_bot.config.checks import Findings

TELEGRAM_CHANNEL = "telegram"  # its name in rules and in the database
NESTED = ("all.*", "any.*", "not.*", "not")
OUTCOMES = "`urgency`, `alert`, `acknowledge`, `template` or `tag`"


def questions_hold_words(findings: "Findings") -> None:
    for steps, question in findings.mappings("questions.*"):
        if question.get("words") == []:
            findings.wrong((*steps, "words"), "is empty: name the words by which the question is known")
    for steps, text in _texts(findings, "questions.*.words"):
        _check_pattern(findings, steps, "text", text)


def rules_can_hit(findings: "Findings") -> None:
    for steps, rule in findings.mappings("urgency_rules.*"):
        if rule.get("when") in ({}, []):
            findings.wrong((*steps, "when"), "is empty: the rule would hit every message")
        _check_outcome(findings, steps, rule.get("then"))
    for base in _conditions(findings, "urgency_rules.*.when"):
        _check_names(findings, base)
        for key in ("subject", "text", "pattern"):
            for steps, text in _texts(findings, f"{base}.{key}"):
                _check_pattern(findings, steps, key, text)
    _check_reach(findings)


def _conditions(findings: "Findings", pattern: str) -> Iterator[str]:
    """Patterns of the paths at which conditions stand, nested ones too."""
    if not any(True for _ in findings.document.each(pattern)):
        return
    yield pattern
    for step in NESTED:
        yield from _conditions(findings, f"{pattern}.{step}")


def _texts(findings: "Findings", path: str) -> Iterator[tuple[Steps, str]]:
    """The texts at `path`, given alone or as a list."""
    yield from findings.texts(path)
    yield from findings.texts(f"{path}.*")


def _clients(findings: "Findings") -> list[str]:
    return [name.strip() for _, name in findings.texts("clients.*.name")]


def _channels(findings: "Findings") -> list[str]:
    return [name.strip() for _, name in findings.texts("channels.mail.*.name")] + [TELEGRAM_CHANNEL]


def _check_names(findings: "Findings", base: str) -> None:
    for key, known in (("client", _clients(findings)), ("channel", _channels(findings))):
        for steps, name in _texts(findings, f"{base}.{key}"):
            if name.strip() not in known:
                hint = did_you_mean(name, known, f" (there are: {', '.join(known) or 'none'})")
                findings.wrong(steps, f"there is no {key} `{name}`{hint}")


def _check_pattern(findings: "Findings", steps: Steps, key: str, text: str) -> None:
    if len(text) > rules.LONGEST_PATTERN:
        findings.wrong(steps, f"is longer than {rules.LONGEST_PATTERN} characters")
        return
    try:
        if key == "pattern":
            rules.pattern(text)
        else:
            rules.words([text])
    except ValueError as error:
        findings.wrong(steps, f"`{text}` is not an RE2 pattern: {error}" if key == "pattern" else str(error))


def _check_outcome(findings: "Findings", steps: Steps, then: Value) -> None:
    if then == {}:
        findings.wrong((*steps, "then"), f"is empty: give {OUTCOMES}")
    if not isinstance(then, dict):
        return
    name, place = then.get("template"), (*steps, "then", "template")
    if not isinstance(name, str) or not name:
        return
    if then.get("acknowledge") == "false":
        findings.wrong(place, "is never used: the rule says `acknowledge: false`")
        return
    if not any(findings.texts("templates")):
        findings.wrong(place, f"`{name}` is to be looked for in a folder of your own: name it in `templates`")
        return
    folder = next((path for _, path in findings.read("templates", partial(path_in, findings.folder))), None)
    files = [f"{locale.value}/{name}{ending}" for locale in Locale for ending in (".txt", ".chat.txt")]
    if folder and folder.is_dir() and "/" not in name and not any((folder / file).is_file() for file in files):
        findings.wrong(place, f"there is no {files[0]} (or {files[1]}, or another language's) in your `templates`")


# --- rules that never hit -----------------------------------------------------------------------------------------


def _check_reach(findings: "Findings") -> None:
    world = _world(findings)
    earlier: list[tuple[str, bool, list[Alternative]]] = []
    for steps, rule in findings.mappings("urgency_rules.*"):
        when = _parsed(rule.get("when"))
        if when is None:
            continue
        try:
            found = alternatives(when, world)
        except TooMany:
            continue
        why = [contradiction(each, world) for each in found]
        live = [each for each, wrong in zip(found, why, strict=True) if not wrong]
        label = f"{in_words(steps)} (`{rule.get('name')}`)"
        machines = _reaches_machines(when)
        if not live:
            findings.wrong((*steps, "when"), f"the rule never hits: {next(iter(why), 'nothing is left of it')}")
        elif hider := _hider(live, machines, earlier, world):
            findings.wrong((*steps, "when"), f"the rule never hits: whatever it is for, {hider} hits before it")
        earlier.append((label, machines, live))


def _hider(
    live: list[Alternative], machines: bool, earlier: Iterable[tuple[str, bool, list[Alternative]]], world: World
) -> str:
    """The earlier rules that between them hit all that this one would, "" if something is left for it."""
    hiders: dict[str, None] = {}
    for each in live:
        for label, reaches_machines, others in earlier:
            if (reaches_machines or not machines) and any(implies(each, other, world) for other in others):
                hiders[label] = None
                break
        else:
            return ""
    return " or ".join(hiders)


def _parsed(when: Value) -> WhenSettings | None:
    """None for an empty condition, and for one with values that the model reports."""
    if not when:
        return None
    try:
        return WhenSettings.model_validate(when)
    except ValidationError:
        return None


def _reaches_machines(when: WhenSettings) -> bool:
    inner = any(_reaches_machines(each) for each in (*when.all, *when.any))
    return inner or bool(when.contact) or not rules.MACHINE_KINDS.isdisjoint(when.kind)


def _world(findings: "Findings") -> World:
    hours, channels = _working_minutes(findings), frozenset(_channels(findings))
    return World(
        clients=frozenset(_clients(findings)),
        # Without a mailbox the rules may still be tried on mails in files.
        channels=channels if len(channels) > 1 else channels | {"mail"},
        working_minutes=lambda clients: frozenset().union(*(hours.get(client, hours[STRANGER]) for client in clients)),
        client_of=_Owners(findings).of,
    )


class _Owners:
    """Whose a contact is, as far as that is certain."""

    def __init__(self, findings: "Findings") -> None:
        self._owners: dict[str, str] = {}
        for steps, client in findings.mappings("clients.*"):
            name = str(client.get("name")).strip()
            contacts = [value for at, value in findings.mappings("clients.*.contacts.*") if at[:2] == steps]
            for contact in contacts:
                for kind, prefix in (("email", ""), ("domain", "@"), ("telegram", "")):
                    if isinstance(text := contact.get(kind), str):
                        self._owners.setdefault(f"{prefix}{text.strip().lower()}", name)

    def of(self, contact: str) -> str | None:
        domain = "@" + contact.rpartition("@")[2]
        if contact.isdigit() or "." not in domain:
            # On Telegram an id and a name may belong to one sender.
            return self._owners.get(contact) if contact.isdigit() else None
        if contact != domain:
            return self._owners.get(contact) or self._owners.get(domain, STRANGER)
        owners = {owner for known, owner in self._owners.items() if known.endswith(domain)}
        owners.add(self._owners.get(domain, STRANGER))
        return owners.pop() if len(owners) == 1 else None


def _working_minutes(findings: "Findings") -> dict[str, Values]:
    """By client the minutes of the day that are working time on any day; under STRANGER those of everybody else."""
    default = next((value for _, value in findings.mappings("agreement")), {})
    found = {STRANGER: _minutes(default)}
    for _, client in findings.mappings("clients.*"):
        own = client.get("agreement")
        if isinstance(own, dict) and not _TIMETABLE.isdisjoint(own):
            found[str(client.get("name")).strip()] = _minutes(default | own)
    return found


_TIMETABLE = frozenset({"hours", "special_days"})


def _minutes(agreement: dict[str, Value]) -> Values:
    try:
        # Not its validator: to make one for this alone costs as much as for all the configuration.
        usual = AgreementSettings.model_construct().hours
        spans = list(hours_of(agreement["hours"]) if "hours" in agreement else usual)
        special = agreement.get("special_days")
        days = [day for day in special if isinstance(day, dict)] if isinstance(special, list) else []
        spans += [hours_of_day_of(day["hours"]) for day in days if day.get("hours")]
    except Wrong:
        return frozenset(range(DAY_MINUTES))  # the model says what is wrong; nothing is excluded
    return frozenset(minute % DAY_MINUTES for day in spans for start, end in day for minute in range(start, end))
