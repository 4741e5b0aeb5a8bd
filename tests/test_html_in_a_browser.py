"""The mail as a phone and a computer draw it, in light and in dark: nothing is cut off, and everything can be read.

Where `PICTURES` names a folder, the pictures are kept there to be looked at.
"""

import os
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from triage_bot.core.messages import Medium
from triage_bot.reading.model import Locale
from triage_bot.template_samples import named_acknowledgements
from triage_bot.templates import Templates

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
HEIGHT = 900
NARROWEST = 500
"""Chromium draws no narrower window; a phone is a frame in it."""
FRAME = """\
<!DOCTYPE html><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<style>body {{ margin: 0 }} iframe {{ border: 0; display: block }}</style>
<iframe src="{page}" width="{width}" height="{height}"></iframe>
"""

Picture = list[bytes]
"""Rows of red, green and blue."""

pytestmark = [
    pytest.mark.chromium,
    pytest.mark.skipif(
        CHROMIUM is None and "chromium" not in os.environ.get("TRIAGE_BOT_TESTS_MUST_RUN", ""),
        reason="Chromium is not installed",
    ),
]


def drawn(folder: Path, html: str, width: int, *, dark: bool) -> Picture:
    assert CHROMIUM is not None, "Chromium is not installed, and here it must be"
    (folder / "mail.html").write_text(html, encoding="utf-8")
    (folder / "page.html").write_text(FRAME.format(page="mail.html", width=width, height=HEIGHT), encoding="utf-8")
    picture = folder / "picture.png"
    command = [
        CHROMIUM,
        *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"),
        f"--user-data-dir={folder / 'profile'}",
        f"--blink-settings=preferredColorScheme={0 if dark else 1}",
        f"--window-size={max(width, NARROWEST)},{HEIGHT}",
        f"--screenshot={picture}",
        (folder / "page.html").as_uri(),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)
    return [row[: 3 * width] for row in read_png(picture.read_bytes())]


def read_png(raw: bytes) -> Picture:
    """Eight bits a channel, not interlaced, as Chromium writes it."""
    width, height, depth, kind = struct.unpack(">IIBB", raw[16:26])
    assert depth == 8
    size = {2: 3, 6: 4}[kind]
    data, position = b"", 8
    while position < len(raw):
        (length,) = struct.unpack(">I", raw[position : position + 4])
        if raw[position + 4 : position + 8] == b"IDAT":
            data += raw[position + 8 : position + 8 + length]
        position += length + 12
    flat, rows = zlib.decompress(data), []
    before = bytearray(width * size)
    for start in range(0, height * (width * size + 1), width * size + 1):
        row = bytearray(flat[start + 1 : start + 1 + width * size])
        unfilter(flat[start], row, before, size)
        rows.append(b"".join(bytes(row[each : each + 3]) for each in range(0, len(row), size)))
        before = row
    return rows


def unfilter(kind: int, row: bytearray, above: bytearray, size: int) -> None:
    """PNG section 9."""
    for at in range(len(row)):
        left = row[at - size] if at >= size else 0
        up, corner = above[at], above[at - size] if at >= size else 0
        if kind == 1:
            row[at] = (row[at] + left) & 255
        elif kind == 2:
            row[at] = (row[at] + up) & 255
        elif kind == 3:
            row[at] = (row[at] + (left + up) // 2) & 255
        elif kind == 4:
            near = min(
                (abs(up - corner), 0, left), (abs(left - corner), 1, up), (abs(left + up - 2 * corner), 2, corner)
            )
            row[at] = (row[at] + near[2]) & 255


def brightness(pixel: bytes) -> float:
    return sum(pixel) / 3


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 800])
@pytest.mark.parametrize("locale", [Locale.PL, Locale.SR_CYRL])
def test_the_mail_is_readable(tmp_path: Path, locale: Locale, width: int, dark: bool) -> None:
    sample = named_acknowledgements(locale)["greeted_and_signed"]
    picture = drawn(tmp_path, Templates().acknowledgement(sample, Medium.EMAIL).html, width, dark=dark)
    if folder := os.environ.get("PICTURES"):
        shutil.copy(tmp_path / "picture.png", Path(folder) / f"{locale}-{width}-{'dark' if dark else 'light'}.png")
    page = picture[0][:3]
    assert brightness(page) < 60 if dark else brightness(page) > 240
    pixels = {row[at : at + 3] for row in picture for at in range(0, 3 * width, 3)}
    ink = max(pixels, key=lambda pixel: abs(brightness(pixel) - brightness(page)))
    assert abs(brightness(ink) - brightness(page)) > 150, "the text does not stand out"
    # A line that is too long would be drawn up to the edge, or behind it.
    margin = {row[at : at + 3] for row in picture for at in range(3 * (width - 8), 3 * width, 3)}
    assert margin == {page}
