"""Where the files that come with the program are: beside the package in a checkout, inside it in a wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _find(name: str) -> Path:
    packaged = _PACKAGE / "data" / name
    return packaged if packaged.exists() else _PACKAGE.parent / name


def templates_folder() -> Path:
    return _find("templates")


def example_config() -> Path:
    return _find("config.example.yaml")
