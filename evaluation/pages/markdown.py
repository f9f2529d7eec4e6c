"""A report as Markdown: the same sections, figures by their file names."""

import re
from collections.abc import Iterable, Mapping, Sequence

from evaluation.figures.card import DrawnFigure
from evaluation.pages.sections import Section, write_basis, write_sections
from evaluation.report_document import Report
from evaluation.report_table import Table

_MEANINGFUL = re.compile(r"([\\`*_\[\]<>|#$~])")


def write_markdown(report: Report, figures: Sequence[DrawnFigure] = (), folder: str = "") -> str:
    """The page as text. Figures are named as `folder/NAME.png`; without any, only words and tables.

    Every word of the report is escaped, so that a name cannot become markup.
    """
    by_name = {figure.name: figure for figure in figures}
    lines = [f"# {_escape(report.headline)}", "", _escape(write_basis(report)), ""]
    for section in write_sections(report):
        lines.extend(_section(section, by_name, f"{folder}/" if folder else ""))
    lines.append(f"Computed {report.generated_at:%Y-%m-%d %H:%M} UTC as {_escape(report.key)}.")
    return "\n".join(lines) + "\n"


def _section(section: Section, figures: Mapping[str, DrawnFigure], folder: str) -> Iterable[str]:
    yield from (f"## {section.title}", "")
    for sentence in section.sentences:
        yield from ((f"- {_escape(sentence)}",) if section.as_list else (_escape(sentence), ""))
    if section.as_list and section.sentences:
        yield ""
    for caption, table in section.tables:
        yield from (_escape(caption), "", *_rows(table), "")
    for name in section.figures:
        if name in figures:
            yield from (f"![{_escape(figures[name].alt_text)}]({folder}{name}.png)", "")


def _rows(table: Table) -> Iterable[str]:
    yield _row(table.header)
    yield _row(["---"] * len(table.header))
    for row in table.rows:
        yield _row(map(_escape, row))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escape(text: str) -> str:
    return _MEANINGFUL.sub(r"\\\1", " ".join(text.split()))
