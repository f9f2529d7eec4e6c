"""The report as files: one HTML page that needs nothing else, and Markdown with its figures beside it."""

import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from evaluation.figures.all import draw_all
from evaluation.figures.style import DARK, LIGHT
from evaluation.pages.html import write_html
from evaluation.pages.markdown import write_markdown
from evaluation.pages.sections import write_sections
from evaluation.report_document import Report
from tests.golden_figures import stored_report
from tests.reports import report_of

HOSTILE = "<script>alert(1)</script>|`x`"


class Page(HTMLParser):
    """What a page shows and asks for."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.alt_texts: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "srcset") and value:
                self.addresses.append(value)
            if name == "alt" and value:
                self.alt_texts.append(value)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def html() -> str:
    report = stored_report()
    return write_html(report, draw_all(report, LIGHT), draw_all(report, DARK))


def test_a_page_stands_alone(html: str) -> None:
    page = Page(html)

    assert all(address.startswith("data:") for address in page.addresses)
    assert "script" not in page.tags
    assert "link" not in page.tags
    assert page.tags.count("img") == page.tags.count("source") == 7
    assert len(html) < 4_000_000


def test_every_figure_says_what_it_shows_and_gives_its_data(html: str) -> None:
    page = Page(html)

    assert sorted(page.alt_texts) == sorted(figure.alt_text for figure in draw_all(stored_report()))
    assert sum(address.startswith("data:text/csv") for address in page.addresses) == 7


def test_it_says_what_the_report_says(html: str) -> None:
    report = stored_report()
    words = " ".join(" ".join(Page(html).words).split())

    assert report.headline in words
    for sentence in (*report.changes, *report.unknowns, *report.caveats):
        assert sentence in words
    for section in write_sections(report):
        assert section.title in words


def test_no_section_of_a_first_week_is_a_heading_alone() -> None:
    report = report_of({"high": [8, 9] * 12, "low": [3, 4] * 12})
    drawn = {figure.name for figure in draw_all(report)}

    assert "weeks" not in drawn
    for section in write_sections(report):
        assert section.sentences or section.tables or drawn.intersection(section.figures), section.title


@pytest.mark.parametrize("closed", [False, True])
def test_names_are_never_markup(closed: bool) -> None:
    report = report_of({HOSTILE: [7, 8] * 12, "plain": [3, 4] * 12}, closed=closed)

    page = Page(write_html(report, draw_all(report, LIGHT), draw_all(report, DARK)))
    markdown = write_markdown(report)

    assert "script" not in page.tags
    assert any(HOSTILE in words for words in page.words)
    assert "<script" not in markdown.replace("\\<", "")
    rows = [line for line in markdown.splitlines() if line.startswith("|") and "script" in line]
    assert rows
    assert all(row.replace("\\|", "").count("|") == rows[0].replace("\\|", "").count("|") for row in rows[:1])


def test_a_week_with_nothing_in_it_has_a_page() -> None:
    report = report_of({})

    assert "nothing was drafted or rated" in write_html(report, draw_all(report), draw_all(report, DARK))
    assert write_markdown(report).startswith("# 2026-W47: nothing was drafted or rated.")


def test_the_command_writes_both_with_figures_and_data_beside_markdown(tmp_path: Path) -> None:
    html, markdown = tmp_path / "week.html", tmp_path / "week.md"

    finished = _pages(stored_report(), "--html", str(html), "--markdown", str(markdown))

    assert finished.returncode == 0, finished.stderr
    assert html.read_text("utf-8").startswith("<!doctype html>")
    assert "](week-figures/ranking.png)" in markdown.read_text("utf-8")
    assert (tmp_path / "week-figures" / "ranking.csv").exists()
    assert (tmp_path / "week-figures" / "ranking.png").read_bytes().startswith(b"\x89PNG")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    finished = _pages(stored_report(), "--html", str(tmp_path / "missing" / "week.html"))

    assert finished.returncode == 1
    assert b"week.html" in finished.stderr
    assert b"Traceback" not in finished.stderr


def _pages(report: Report, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "evaluation.pages", *arguments],
        input=report.to_json().encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )
