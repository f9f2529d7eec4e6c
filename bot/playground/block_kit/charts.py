"""The data_visualization block: pies, bars, areas and lines, with the limits of Slack's reference page."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from bot.playground.block_kit.objects import Block, Part

Label = Annotated[str, Field(min_length=1, max_length=20)]
Title = Annotated[str, Field(min_length=1, max_length=50)]


class Segment(Part):
    label: Label
    value: float = Field(gt=0, allow_inf_nan=False)


class Pie(Part):
    type: Literal["pie"]
    segments: list[Segment] = Field(min_length=1, max_length=6)


class DataPoint(Part):
    label: Label
    value: float = Field(allow_inf_nan=False)


class Series(Part):
    name: Label
    data: list[DataPoint] = Field(min_length=1, max_length=20)


class AxisConfig(Part):
    """The categories of the x axis in their order, and what the axes are called."""

    categories: list[Label] = Field(min_length=1, max_length=20)
    x_label: Title | None = None
    y_label: Title | None = None


class _OverCategories(Part):
    series: list[Series] = Field(min_length=1, max_length=6)
    axis_config: AxisConfig

    @model_validator(mode="after")
    def _has_one_value_for_each_category(self) -> Self:
        categories = self.axis_config.categories
        if len(set(categories)) < len(categories):
            raise PydanticCustomError("slack", "categories must be unique")
        if len({series.name for series in self.series}) < len(self.series):
            raise PydanticCustomError("slack", "series names must be unique")
        if any(sorted(point.label for point in series.data) != sorted(categories) for series in self.series):
            raise PydanticCustomError("slack", "each series must have one data point for each category")
        return self


class Bar(_OverCategories):
    type: Literal["bar"]


class Area(_OverCategories):
    type: Literal["area"]


class Line(_OverCategories):
    type: Literal["line"]


class DataVisualization(Block):
    type: Literal["data_visualization"]
    title: Title
    chart: Annotated[Pie | Bar | Area | Line, Field(discriminator="type")]
