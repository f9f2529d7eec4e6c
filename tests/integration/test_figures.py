"""A report in pictures: drawn for any report, the same each time, by a process of its own."""

import csv
import struct
import subprocess
import sys
from collections.abc import Sequence
from io import BytesIO, StringIO
from pathlib import Path

import numpy as np
import pytest
from matplotlib import image

from evaluation.blinding import for_raters
from evaluation.figures.all import draw_all
from evaluation.figures.card import DrawnFigure
from evaluation.figures.costs import Offer, find_efficient
from evaluation.figures.ranking import draw_ranking
from evaluation.figures.style import DARK, LIGHT, THEMES, Theme
from evaluation.report_document import Report
from tests.golden_figures import golden, shrink, stored_report
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
    pixels = image.imread(BytesIO(draw_ranking(report).png))[:, :, :3]
    return bool(np.any(np.all(np.isclose(pixels, (0, 0x72 / 255, 0xB2 / 255), atol=0.01), axis=2)))


def test_nothing_but_the_picture_is_in_the_file() -> None:
    assert text_in(draw_ranking(report_of({"high": HIGH, "low": LOW})).png) == b""


NAMES = ["ranking", "pairwise", "weeks", "costs", "latency", "calibration", "severity"]


class TestGolden:
    """Every picture as somebody looked at it and found it good."""

    @pytest.fixture(scope="class")
    @staticmethod
    def drawn() -> dict[str, DrawnFigure]:
        report = stored_report()
        return {
            f"{figure.name}-{theme.name}": figure for theme in THEMES for figure in draw_all(report, theme)
        }

    @pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
    @pytest.mark.parametrize("name", NAMES)
    def test_it_still_looks_so(self, drawn: dict[str, DrawnFigure], name: str, theme: Theme) -> None:
        now, before = shrink(drawn[f"{name}-{theme.name}"].png), golden(f"{name}-{theme.name}")

        assert now.shape == before.shape
        difference = np.abs(now - before).max(axis=2)
        assert difference.mean() < 0.01
        assert (difference > 0.25).mean() < 0.005

    @pytest.mark.parametrize("name", NAMES)
    def test_the_data_is_a_table_and_the_alt_text_a_finding(
        self, drawn: dict[str, DrawnFigure], name: str
    ) -> None:
        figure = drawn[f"{name}-light"]
        header, *rows = csv.reader(StringIO(figure.table.to_csv()))

        assert rows
        assert {len(row) for row in rows} == {len(header)}
        assert figure.alt_text.endswith(".")
        assert len(figure.alt_text) > 60

    def test_alt_texts_state_what_was_found(self, drawn: dict[str, DrawnFigure]) -> None:
        assert "told apart for certain" in drawn["pairwise-light"].alt_text
        assert "stands highest" in drawn["costs-light"].alt_text
        assert "was the fastest" in drawn["latency-light"].alt_text
        assert "correlation" in drawn["calibration-light"].alt_text
        assert "the strictest" in drawn["severity-light"].alt_text


def contrast(one: str, other: str) -> float:
    """WCAG 2.1's ratio of two colours, from 1 to 21."""

    def luminance(colour: str) -> float:
        parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_words_and_marks_stand_out_from_the_card(theme: Theme) -> None:
    assert contrast(theme.ink, theme.card) >= 7
    assert contrast(theme.faint_ink, theme.card) >= 4.5
    assert contrast(theme.better, theme.card) >= 3
    assert contrast(theme.plain, theme.card) >= 3


@pytest.mark.parametrize("week", WEEKS)
def test_what_has_nothing_to_show_is_left_out(week: str) -> None:
    """A first week has no history, one rater a draft tells nothing of severity."""
    drawn = {figure.name for figure in draw_all(report_of(WEEKS[week]))}

    assert "ranking" in drawn
    assert drawn.isdisjoint({"weeks", "severity"})


def test_an_open_week_is_drawn_without_what_is_known_of_models() -> None:
    shown = for_raters(report_of(WEEKS["two models apart"], closed=False), revealed=True)

    assert [figure.name for figure in draw_all(shown)] == ["ranking"]


def test_the_frontier_holds_whom_nobody_beats_on_both() -> None:
    figures = {
        "best": (5.0, 9.0),
        "cheap": (1.0, 6.0),
        "beaten": (3.0, 5.0),
        "middle": (3.0, 7.0),
        "dear": (6.0, 9.0),
    }
    offers = [
        Offer(name, cost, quality, (quality - 1, quality + 1)) for name, (cost, quality) in figures.items()
    ]

    assert [offer.model for offer in find_efficient(offers)] == ["cheap", "middle", "best"]


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

    def test_every_figure_with_its_data_into_a_folder(self, tmp_path: Path) -> None:
        finished = subprocess.run(
            [sys.executable, "-m", "evaluation.figures", str(tmp_path / "figures")],
            input=stored_report().to_json().encode(),
            capture_output=True,
            timeout=60,
            check=False,
        )

        assert finished.returncode == 0, finished.stderr
        names = {path.name for path in (tmp_path / "figures").iterdir()}
        assert {"ranking.png", "ranking.csv", "severity.png", "severity.csv"} <= names

    def test_what_is_no_report_is_refused_in_a_sentence(self) -> None:
        finished = self.run(b'{"schema_version": 7}')

        assert finished.returncode == 1
        assert finished.stdout == b""
        assert b"not a report that this version can read" in finished.stderr
        assert b"Traceback" not in finished.stderr
