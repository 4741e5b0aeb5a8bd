"""`python -m triage_bot.demo [--keep]`: two days of the bot on servers embedded in this process."""

import argparse
import asyncio
import contextlib
import logging
import sys
import tempfile
from pathlib import Path

SERVERS = frozenset({"aiohttp", "aiosmtpd", "proxyprotocol", "pymap", "pysasl"})
"""What only the extra `demo` installs."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m triage_bot.demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="afterwards leave servers up and accept new mail")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    try:
        return _run(arguments.keep)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in SERVERS:
            raise
        print(
            f"The demo needs servers that are not installed ({error.name}).\n"
            "Install triage-bot with its extra `demo`, as in: pip install 'triage-bot[demo]'",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        return 130


def _run(keep_on: bool) -> int:
    from triage_bot.demo.keep import keep
    from triage_bot.demo.play import play
    from triage_bot.demo.teller import Teller

    teller = Teller()
    with tempfile.TemporaryDirectory() as folder:
        code = asyncio.run(play(Path(folder), teller))
    if keep_on:
        with tempfile.TemporaryDirectory() as folder, contextlib.suppress(KeyboardInterrupt):
            asyncio.run(keep(Path(folder), teller))
    elif code == 0:
        teller.say("To write to it yourself: make demo KEEP=1")
    return code


if __name__ == "__main__":
    sys.exit(main())
