"""A report as one HTML file: figures, data and style inside, nothing fetched, no script."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from evaluation.figures.card import DrawnFigure
from evaluation.pages.sections import write_basis, write_sections
from evaluation.report_document import Report


@dataclass(frozen=True)
class Picture:
    """A figure for the page: light and dark as data addresses, and its data to take away."""

    name: str
    title: str
    alt_text: str
    light: str
    dark: str
    csv: str


def write_html(report: Report, light: Sequence[DrawnFigure], dark: Sequence[DrawnFigure]) -> str:
    """The page of a report with its figures as drawn for both backgrounds.

    Every word of the report is escaped. The page reads at 360 px, and follows the reader's dark mode.
    """
    environment = Environment(
        loader=PackageLoader("evaluation.pages", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("report.html.j2")
    return page.render(
        report=report,
        basis=write_basis(report),
        sections=write_sections(report),
        pictures=_pictures(light, dark),
    )


def _pictures(light: Sequence[DrawnFigure], dark: Sequence[DrawnFigure]) -> Mapping[str, Picture]:
    by_name = {figure.name: figure for figure in dark}
    return {
        figure.name: Picture(
            name=figure.name,
            title=figure.title,
            alt_text=figure.alt_text,
            light=_address("image/png", figure.png),
            dark=_address("image/png", by_name[figure.name].png),
            csv=_address("text/csv;charset=utf-8", figure.table.to_csv().encode()),
        )
        for figure in light
    }


def _address(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{b64encode(content).decode()}"
