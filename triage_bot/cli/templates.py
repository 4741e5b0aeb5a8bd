"""`triage-bot templates`: which texts there are, what stands in them, and how one reads to a client at a moment."""

import argparse
from pathlib import Path

from triage_bot.cli.configured import yours_or_example
from triage_bot.errors import UsageError

LANGUAGES = ("pl", "sr", "sr-Cyrl", "en")
USUAL = "acknowledgement"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "templates",
        help="the texts that clients and you read",
        description="Lists the texts, shows one with the variables it may use, or previews one as a client would read "
        "it. Your own templates are taken before the built-in ones.",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="every text, and whether it is yours")
    listing.set_defaults(action=_list)
    showing = actions.add_parser("show", help="the source of a text, and the variables it may use")
    showing.add_argument("name", metavar="NAME", help="as `templates list` has it: acknowledgement, pl/body.txt")
    showing.add_argument("--language", choices=LANGUAGES, help="default: yours")
    showing.set_defaults(action=_show)
    preview = actions.add_parser("preview", help="a text as a client would read it")
    preview.add_argument(
        "name",
        metavar="NAME",
        help="acknowledgement, prospect, correction (of the promise made for that moment), or one of yours",
    )
    preview.add_argument("--client", metavar="NAME", required=True, help="who would read it")
    preview.add_argument("--at", metavar="MOMENT", required=True, help="when the message comes: 2026-11-20T12:30")
    preview.add_argument("--urgent", action="store_true", help="as for an urgent message")
    preview.add_argument("--chat", action="store_true", help="the text for a chat instead of the mail")
    preview.add_argument("--html", metavar="FILE", type=Path, help="write the HTML of the mail into this file")
    preview.set_defaults(action=_preview)
    for command in (listing, showing, preview):
        command.add_argument("--config", type=Path, help="default: config.yaml if it is there, else the example's")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    arguments.config = yours_or_example(arguments.config)
    code: int = arguments.action(arguments)
    return code


def _list(arguments: argparse.Namespace) -> int:
    from triage_bot.cli.template_views import Texts

    for name, origins in Texts.from_config(arguments.config).names().items():
        print(f"{name:34} {origins}")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    from triage_bot.cli.template_views import Texts

    print(Texts.from_config(arguments.config).source(arguments.name, arguments.language or ""))
    return 0


def _preview(arguments: argparse.Namespace) -> int:
    from triage_bot.cli.template_views import Texts

    if arguments.chat and arguments.html:
        raise UsageError("a chat has no HTML: leave out --chat or --html")
    texts = Texts.from_config(arguments.config)
    rendered = texts.preview(
        arguments.name, arguments.client, arguments.at, urgent=arguments.urgent, chat=arguments.chat
    )
    if arguments.html:
        try:
            arguments.html.write_text(rendered.html, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{arguments.html} cannot be written: {error.strerror}") from None
        print(f"{arguments.html}: written; open it in a browser")
        return 0
    print(rendered.text.rstrip("\n"))
    return 0
