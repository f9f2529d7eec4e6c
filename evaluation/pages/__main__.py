"""Report JSON on standard input, pages as files.

    python -m evaluation.pages [--html FILE] [--markdown FILE]

Markdown's figures and their data go into a folder beside it: `week.md` and `week-figures/`.
"""

import argparse
import sys
from pathlib import Path

from evaluation.errors import InvalidReport
from evaluation.figures.all import draw_all, write_figures
from evaluation.figures.style import DARK, LIGHT
from evaluation.pages.html import write_html
from evaluation.pages.markdown import write_markdown
from evaluation.report_document import Report


def main() -> int:
    """1 and a sentence where standard input holds no report, or a file cannot be written."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--html", type=Path)
    parser.add_argument("--markdown", type=Path)
    wanted = parser.parse_args()
    try:
        write_pages(Report.from_json(sys.stdin.buffer.read()), wanted.html, wanted.markdown)
    except (InvalidReport, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def write_pages(report: Report, html: Path | None, markdown: Path | None) -> None:
    """Writes what is wanted. Raises OSError."""
    light = draw_all(report, LIGHT)
    if html is not None:
        html.write_text(write_html(report, light, draw_all(report, DARK)), encoding="utf-8")
    if markdown is not None:
        folder = markdown.with_name(f"{markdown.stem}-figures")
        write_figures(light, folder)
        markdown.write_text(write_markdown(report, light, folder.name), encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
