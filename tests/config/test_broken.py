"""Every broken configuration in `broken/` gives exactly the errors that stand beside it."""

from datetime import date
from pathlib import Path

import pytest

from triage_bot.config import load_config
from triage_bot.errors import ConfigError

FOLDER = Path(__file__).parent / "broken"
TODAY = date(2026, 11, 20)


def errors_of(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(path, secrets=path.stem.startswith("secret_"), today=TODAY)
    return str(caught.value).replace(f"{FOLDER}/", "") + "\n"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_broken_configuration_gives_the_error_beside_it(path: Path) -> None:
    assert errors_of(path) == path.with_suffix(".error").read_text(encoding="utf-8")


def test_every_expected_error_has_its_configuration() -> None:
    assert {path.stem for path in FOLDER.glob("*.error")} == {path.stem for path in FOLDER.glob("*.yaml")}
