"""Charts and sortable tables: blocks for which slack_sdk has no models, so they are checked by ours.

The limits are those of docs.slack.dev/reference/block-kit/blocks, data_visualization and data_table. Names
are shortened to fit, figures never.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.messages.blocks import Block

LABEL_LIMIT: Final = 20
MOST_CATEGORIES: Final = 20
MOST_ROWS: Final = 100
"""Of a data_table, without its head."""
CELL_CHARACTERS: Final = 10_000
"""Of all cells of a message together."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def to_block(self) -> Block:
        return self.model_dump(mode="json", exclude_none=True)


Label = Annotated[str, Field(min_length=1, max_length=LABEL_LIMIT)]
Title = Annotated[str, Field(min_length=1, max_length=50)]


class DataPoint(_Part):
    label: Label
    value: float


class Series(_Part):
    name: Label
    data: tuple[DataPoint, ...] = Field(min_length=1, max_length=MOST_CATEGORIES)


class AxisConfig(_Part):
    categories: tuple[Label, ...] = Field(min_length=1, max_length=MOST_CATEGORIES)
    x_label: Title | None = None
    y_label: Title | None = None


class BarChart(_Part):
    """Every series has one value for each category."""

    type: Literal["bar"] = "bar"
    series: tuple[Series, ...] = Field(min_length=1, max_length=6)
    axis_config: AxisConfig

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        categories = sorted(self.axis_config.categories)
        if len(set(categories)) < len(categories):
            raise ValueError("categories must differ")
        if len({series.name for series in self.series}) < len(self.series):
            raise ValueError("names of series must differ")
        if any(sorted(point.label for point in series.data) != categories for series in self.series):
            raise ValueError("each series needs one value for each category")
        return self


class DataVisualization(_Part):
    type: Literal["data_visualization"] = "data_visualization"
    title: Title
    chart: BarChart


class RawText(_Part):
    type: Literal["raw_text"] = "raw_text"
    text: str = Field(min_length=1)


class RawNumber(_Part):
    """A number that is sorted by its value and read as its text."""

    type: Literal["raw_number"] = "raw_number"
    value: float
    text: str = Field(min_length=1)


Cell = RawText | RawNumber


class DataTable(_Part):
    """The first row is the head, and the rows are as wide as it."""

    type: Literal["data_table"] = "data_table"
    caption: str = Field(min_length=1)
    rows: tuple[tuple[Cell, ...], ...] = Field(min_length=2, max_length=MOST_ROWS + 1)
    page_size: int = Field(default=10, ge=1, le=100)

    @model_validator(mode="after")
    def _is_a_rectangle(self) -> Self:
        width = len(self.rows[0])
        if not 1 <= width <= 20 or any(len(row) != width for row in self.rows):
            raise ValueError("all rows need as many cells as the head, at most 20")
        if sum(len(cell.text) for row in self.rows for cell in row) > CELL_CHARACTERS:
            raise ValueError(f"all cells together may hold {CELL_CHARACTERS} characters")
        return self


def bar_chart(
    title: str, values: Mapping[str, Sequence[float]], series_names: Sequence[str], y_label: str
) -> Block:
    """A bar for each series in each category, in the given order. Raises ValidationError."""
    labels = short_labels(values)
    series = tuple(
        Series(
            name=name,
            data=tuple(
                DataPoint(label=labels[category], value=round(of[place], 2))
                for category, of in values.items()
            ),
        )
        for place, name in enumerate(series_names)
    )
    axes = AxisConfig(categories=tuple(labels.values()), y_label=y_label)
    return DataVisualization(title=title, chart=BarChart(series=series, axis_config=axes)).to_block()


def data_table(caption: str, header: Sequence[str], rows: Sequence[Sequence[str | RawNumber]]) -> Block:
    """A table that readers can sort and page through. Raises ValidationError."""
    head = tuple(RawText(text=name) for name in header)
    cells = (tuple(RawText(text=cell) if isinstance(cell, str) else cell for cell in row) for row in rows)
    return DataTable(caption=caption, rows=(head, *cells)).to_block()


def short_labels(names: Iterable[str]) -> dict[str, str]:
    """Each name, at most 20 characters long, and still different from the others.

    Cut at the end of a part, `llama-3-2-3b…`; a version stays: `llama-3-2-3b… @2`.
    """
    labels: dict[str, str] = {}
    for name in names:
        _, at, version = name.rpartition("@")
        label = name if len(name) <= LABEL_LIMIT else _cut(name, f"… @{version}" if at else "…")
        number = 1
        while label in labels.values():
            number += 1
            label = _cut(name, f"… {number}")
        labels[name] = label
    return labels


def _cut(name: str, ending: str) -> str:
    room = LABEL_LIMIT - min(len(ending), LABEL_LIMIT // 2)
    whole_parts = re.match(rf".{{1,{room}}}(?=[-_./\s])", name)
    beginning = whole_parts[0] if whole_parts else name[:room]
    return f"{beginning.rstrip()}{ending[: LABEL_LIMIT // 2]}"
