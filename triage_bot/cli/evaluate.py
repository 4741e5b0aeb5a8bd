"""`triage-bot evaluate`: how right the judgement is on messages that somebody has labelled."""

import argparse
import sys
from pathlib import Path

DESCRIPTION = """\
Judges labelled messages and says how often it was right, and where it was wrong and why. A report, not a gate.

FILE.jsonl holds one object a line:
  id, channel (email or chat), sent_at, subject, body, and if you like from, headers, client
and the right answers, each optional:
  urgency    urgent, normal, low, none           tone      neutral, pushy, abusive
  deadline   null, a date, or a moment           missing   a list of goal, deadline, scope
  needs_ack  true or false                       language  pl, sr, en
  kind       task, question, followup, cancellation, thanks, smalltalk, complaint, newsletter, notification, other
  also       {"deadline": [...], "kind": [...], "missing": [...], "tone": [...]}: further readings that are right

Without --config messages are judged by the agreement of the example: Polish holidays and time, Serbian for messages
labelled `sr`."""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "evaluate",
        help="score the judgement on messages that you have labelled",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("path", type=Path, metavar="FILE.jsonl", help="labelled messages")
    parser.add_argument("--config", type=Path, help="judge by this configuration and its rules")
    parser.add_argument("--json", action="store_true", help="the figures and the wrong ones as one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from triage_bot.cli.evaluation import Judge, evaluate
    from triage_bot.cli.evaluation_report import as_json, as_text
    from triage_bot.config import load_config
    from triage_bot.errors import UsageError

    if arguments.path.suffix.lower() != ".jsonl":
        raise UsageError(f"{arguments.path}: not a .jsonl file")
    judge = Judge.from_config(load_config(arguments.config), by_language=arguments.config is None)
    result = evaluate(arguments.path, judge)
    for what in result.bad_lines:
        print(what, file=sys.stderr)
    if not result.score.messages:
        print(f"{arguments.path}: there is no labelled message that could be judged", file=sys.stderr)
        return 1
    print(as_json(result) if arguments.json else as_text(result))
    return 0
