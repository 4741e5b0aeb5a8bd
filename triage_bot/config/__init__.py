"""The configuration: one YAML file, strict and typed.

`load_config` reads it, `model` says what it holds, `build` makes of it what decisions read.
"""

from triage_bot.config import build
from triage_bot.config.load import load_config
from triage_bot.config.model import Config

__all__ = ["Config", "build", "load_config"]
