"""Tables: the plain one, and the one that readers can sort, filter and page through."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from bot.playground.block_kit.objects import Block, Part
from bot.playground.block_kit.rich_text import RichText

# Slack counts the characters of all cells of a message together.
CELL_CHARACTERS = 10_000


class RawText(Part):
    type: Literal["raw_text"]
    text: str = Field(min_length=1)


class RawNumber(Part):
    """A number with the words it is shown in; sorting goes by the number."""

    type: Literal["raw_number"]
    value: float = Field(allow_inf_nan=False)
    text: str = Field(min_length=1)


class ColumnSettings(Part):
    align: Literal["left", "center", "right"] | None = None
    is_wrapped: bool | None = None


Cell = Annotated[RawText | RawNumber | RichText, Field(discriminator="type")]
Row = Annotated[list[Cell], Field(min_length=1, max_length=20)]


class Table(Block):
    type: Literal["table"]
    rows: list[Row] = Field(min_length=1, max_length=100)
    column_settings: list[ColumnSettings | None] | None = Field(default=None, max_length=20)


class DataTable(Block):
    """The first row is the head; a page holds five rows unless the app says otherwise."""

    type: Literal["data_table"]
    caption: str = Field(min_length=1)
    rows: list[Row] = Field(min_length=2, max_length=101)
    page_size: int | None = Field(default=None, ge=1, le=100)
    row_header_column_index: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _is_a_rectangle_under_a_plain_head(self) -> Self:
        head = self.rows[0]
        if any(isinstance(cell, RichText) for cell in head):
            raise PydanticCustomError("slack", "rich_text is not allowed in header cells")
        if any(len(row) != len(head) for row in self.rows):
            raise PydanticCustomError("slack", "all rows must have the same number of cells")
        if (self.row_header_column_index or 0) >= len(head):
            raise PydanticCustomError(
                "slack", "row_header_column_index must be less than the number of columns"
            )
        return self
