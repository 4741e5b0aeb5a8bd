"""An evaluation as a terminal shows it, and as JSON."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from triage_bot.cli.evaluation import Evaluation, Wrong
from triage_bot.core.scoring import EVERYTHING, FIELDS, Rates, Score
from triage_bot.core.urgency import Urgency
from triage_bot.reading.model import Missing
from triage_bot.template_contexts import shorten

GROUPS = (EVERYTHING, "pl", "sr", "en", "email", "chat")
LONGEST_TEXT = 90


def as_text(result: Evaluation) -> str:
    score = result.score
    groups = [group for group in GROUPS if score.messages[group]]
    blocks = [
        _urgent(score, groups),
        *(_confusion(score, group) for group in groups if group not in ("email", "chat")),
        _accuracy(score, groups),
        _counts(score),
        _wrong_ones(result.wrong),
    ]
    return "\n\n".join(filter(None, blocks))


def _urgent(score: Score, groups: Iterable[str]) -> str:
    lines = ["Urgent       messages  precision  recall     F1   found  false  missed"]
    for group in groups:
        rates = score.urgent(group)
        lines.append(
            f"  {group:10} {score.messages[group]:8}  {rates.precision:9.3f}  {rates.recall:6.3f}  {rates.f1:5.3f}"
            f"  {rates.hits:6}  {rates.false:5}  {rates.missed:6}"
        )
    return "\n".join(lines)


def _confusion(score: Score, group: str) -> str:
    counted = score.confusion[group]
    if not counted:
        return ""
    lines = [f"{f'Urgency, {group}':15}" + "".join(f"{word:>8}" for word in Urgency) + "   judged"]
    for right in Urgency:
        lines.append(f"  {right:13}" + "".join(f"{counted[right, said]:8}" for said in Urgency))
    return "\n".join(lines)


def _accuracy(score: Score, groups: list[str]) -> str:
    lines = [f"{'Right':19}" + "".join(f"{group:>7}" for group in groups)]
    for name in FIELDS:
        shares = [score.accuracy(name, group) for group in groups]
        if any(share is not None for share in shares):
            cells = ("      -" if share is None else f"{share:7.3f}" for share in shares)
            lines.append(f"  {name:17}" + "".join(cells))
    return "\n".join(lines)


def _counts(score: Score) -> str:
    lines = []
    if score.scored[EVERYTHING]["deadline"]:
        lines.append(
            f"Deadlines: {score.deadlines_found} of {score.deadlines} found on the right day; "
            f"{score.deadlines_invented} invented where none is stated"
        )
    if score.scored[EVERYTHING]["needs_ack"]:
        lines.append(f"Acknowledgements: {score.unwanted_acks} unwanted, {score.acks_not_sent} wanted but not due")
    for element in Missing:
        rates = score.missing(element)
        if rates.hits + rates.false + rates.missed:
            lines.append(
                f"Missing {element}: precision {rates.precision:.3f}, recall {rates.recall:.3f}, F1 {rates.f1:.3f}"
            )
    return "\n".join(lines)


def _wrong_ones(wrong: list[Wrong]) -> str:
    """Wrong urgency first."""
    if not wrong:
        return "Nothing is wrong."
    in_order = sorted(wrong, key=lambda each: "urgency" not in each.fields)
    return "\n".join([f"Wrong ({len(wrong)})", *(line for each in in_order for line in _wrong_one(each))])


def _wrong_one(wrong: Wrong) -> Iterable[str]:
    case, label = wrong.judged.case, wrong.judged.label
    message = case.message
    text = f"[{message.subject}] {message.text}" if message.subject else message.text
    written = f"{case.now:%a %Y-%m-%d %H:%M}"
    yield f"  {case.label[1]}  {label.language} {label.channel} {written}  {shorten(text, LONGEST_TEXT)}"
    for name in wrong.fields:
        right = " or ".join(_shown(each) for each in label.right[name])
        yield f"      {name}: {_shown(getattr(wrong.answer, name))}, right is {right}"
    for sentence in wrong.because:
        yield f"      because {sentence}"
    if wrong.judged.why:
        yield f"      labelled so: {shorten(wrong.judged.why, 200)}"


def _shown(value: Any) -> str:
    plain = _plain(value)
    if isinstance(plain, list):
        return ", ".join(plain) or "nothing"
    return {None: "none", True: "yes", False: "no"}.get(plain, str(plain))


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return sorted(value) if isinstance(value, frozenset) else value


def as_json(result: Evaluation) -> str:
    score = result.score
    groups = [group for group in GROUPS if score.messages[group]]
    figures = {
        "messages": {group: score.messages[group] for group in groups},
        "urgent": {group: _rates(score.urgent(group)) for group in groups},
        "accuracy": {name: {group: score.accuracy(name, group) for group in groups} for name in FIELDS},
        "confusion": {
            group: {right: {said: score.confusion[group][right, said] for said in Urgency} for right in Urgency}
            for group in groups
        },
        "missing": {element: _rates(score.missing(element)) for element in Missing},
        "acknowledgements": {"unwanted": score.unwanted_acks, "not_due": score.acks_not_sent},
        "deadlines": {
            "stated": score.deadlines,
            "found_by_day": score.deadlines_found,
            "invented": score.deadlines_invented,
        },
        "wrong": [_wrong_fields(each) for each in result.wrong],
        "bad_lines": result.bad_lines,
    }
    return json.dumps(figures, ensure_ascii=False, indent=1)


def _rates(rates: Rates) -> dict[str, float]:
    return {
        "found": rates.hits,
        "false": rates.false,
        "missed": rates.missed,
        "precision": round(rates.precision, 4),
        "recall": round(rates.recall, 4),
        "f1": round(rates.f1, 4),
    }


def _wrong_fields(wrong: Wrong) -> dict[str, Any]:
    label = wrong.judged.label
    return {
        "id": wrong.judged.case.label[1],
        "language": label.language,
        "channel": label.channel,
        "wrong": {
            name: {
                "judged": _plain(getattr(wrong.answer, name)),
                "right": [_plain(each) for each in label.right[name]],
            }
            for name in wrong.fields
        },
        "because": list(wrong.because),
    }
