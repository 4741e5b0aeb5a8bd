import sys

from triage_bot.cli import main

sys.exit(main())
