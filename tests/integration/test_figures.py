"""The ranking as a picture: drawn for any report, the same each time, by a process of its own."""

import struct
import subprocess
import sys
from collections.abc import Sequence

import pytest

from evaluation.figures.ranking import draw_ranking
from evaluation.report_document import Report
from tests.reports import report_of

HIGH, LOW = [8, 9, 8, 9, 8, 9] * 3, [3, 4, 3, 4, 3, 4] * 3
WIDE = [1, 10, 10, 10, 2] * 3
LONG_NAME = "an-organisation/a-model-with-a-name-that-goes-on-and-on-8b-instruct-2507-q4_k_m"

WEEKS: dict[str, dict[str, Sequence[int]]] = {
    "nothing": {},
    "two models apart": {"high": HIGH, "low": LOW},
    "eight models": {f"model-{n}": [n, n + 1, n + 2, n, n + 1] * 3 for n in range(1, 9)},
    "more models than rows": {f"model-{n:02}": [5, 6, 7, 6, 5] * 3 for n in range(15)},
    "none with enough": {"high": [8, 9], "low": []},
    "long names and wide intervals": {LONG_NAME: WIDE, f"{LONG_NAME}-again": WIDE},
    "names that look like markup": {"$x^2$_{\\frac": HIGH, "<b>&amp;": LOW},
}


def size_of(png: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", png[16:24])
    return int(width), int(height)


def text_in(png: bytes) -> bytes:
    """The text chunks of a PNG, which a client may show."""
    return b"".join(chunk for chunk in png.split(b"tEXt")[1:])


@pytest.mark.parametrize("week", WEEKS)
def test_any_week_can_be_drawn(week: str) -> None:
    report = report_of(WEEKS[week])

    figure = draw_ranking(report)

    assert figure.png.startswith(b"\x89PNG\r\n\x1a\n")
    assert figure.alt_text == report.alt_text
    width, height = size_of(figure.png)
    assert width == 1080
    assert 300 < height < 3000


def test_the_same_report_gives_the_same_picture() -> None:
    report = report_of(WEEKS["eight models"])

    assert draw_ranking(report).png == draw_ranking(report).png


def test_a_picture_grows_by_rows_and_stops_at_twelve() -> None:
    def height(n_models: int) -> int:
        return size_of(draw_ranking(report_of({f"m{n}": HIGH for n in range(n_models)})).png)[1]

    assert height(2) < height(12)
    assert height(13) == height(15)


def test_only_a_closed_week_colours_a_better_model() -> None:
    """Blue is a claim, so it must not appear where the headline makes none."""
    apart = report_of({"high": HIGH, "low": LOW})
    overlapping = report_of({"high": HIGH, "low": [7, 8, 9, 8, 7, 9] * 3})
    so_far = report_of({"high": HIGH, "low": LOW}, closed=False)

    assert has_blue(apart)
    assert not has_blue(overlapping)
    assert not has_blue(so_far)


def has_blue(report: Report) -> bool:
    from io import BytesIO

    import numpy as np
    from matplotlib import image

    pixels = image.imread(BytesIO(draw_ranking(report).png))[:, :, :3]
    return bool(np.any(np.all(np.isclose(pixels, (0, 0x72 / 255, 0xB2 / 255), atol=0.01), axis=2)))


def test_nothing_but_the_picture_is_in_the_file() -> None:
    assert text_in(draw_ranking(report_of({"high": HIGH, "low": LOW})).png) == b""


class TestCommand:
    def run(self, document: bytes) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(
            [sys.executable, "-m", "evaluation.figures"],
            input=document,
            capture_output=True,
            timeout=60,
            check=False,
        )

    def test_a_report_in_a_picture_out(self) -> None:
        report = report_of({"high": HIGH, "low": LOW})

        finished = self.run(report.to_json().encode())

        assert finished.returncode == 0
        assert finished.stdout == draw_ranking(report).png

    def test_what_is_no_report_is_refused_in_a_sentence(self) -> None:
        finished = self.run(b'{"schema_version": 7}')

        assert finished.returncode == 1
        assert finished.stdout == b""
        assert b"not a report that this version can read" in finished.stderr
        assert b"Traceback" not in finished.stderr
