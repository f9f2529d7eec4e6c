"""Layout blocks, and which of them a message, a modal and an App Home may hold."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from bot.playground.block_kit.elements import (
    Accessory,
    ActionElement,
    ContextActionElement,
    Image,
    InputElement,
)
from bot.playground.block_kit.objects import (
    Id,
    Mrkdwn,
    Part,
    PlainText,
    PlainText150,
    PlainText2000,
    SlackFile,
    Text,
    Text2000,
    Url,
)
from bot.playground.block_kit.rich_text import RichElement


class Block(Part):
    block_id: Id | None = None


class Section(Block):
    type: Literal["section"]
    text: Text | None = None
    fields: list[Text2000] | None = Field(default=None, min_length=1, max_length=10)
    accessory: Accessory | None = None
    expand: bool | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.text is None and self.fields is None:
            raise PydanticCustomError("slack", "missing required field: text")
        return self


class Header(Block):
    type: Literal["header"]
    text: PlainText150


class Divider(Block):
    type: Literal["divider"]


class ImageBlock(Block):
    type: Literal["image"]
    alt_text: str = Field(max_length=2000)
    image_url: Url | None = None
    slack_file: SlackFile | None = None
    title: PlainText2000 | None = None

    @model_validator(mode="after")
    def _shows_something(self) -> Self:
        if (self.image_url is None) == (self.slack_file is None):
            raise PydanticCustomError("slack", "must provide exactly one of image_url or slack_file")
        return self


class Context(Block):
    type: Literal["context"]
    elements: list[Annotated[Image | Mrkdwn | PlainText, Field(discriminator="type")]] = Field(
        min_length=1, max_length=10
    )


class Actions(Block):
    type: Literal["actions"]
    elements: list[ActionElement] = Field(min_length=1, max_length=25)


class ContextActions(Block):
    type: Literal["context_actions"]
    elements: list[ContextActionElement] = Field(min_length=1, max_length=5)


class Input(Block):
    type: Literal["input"]
    label: PlainText2000
    element: InputElement
    hint: PlainText2000 | None = None
    optional: bool | None = None
    dispatch_action: bool | None = None


class Markdown(Block):
    type: Literal["markdown"]
    text: str = Field(min_length=1, max_length=12000)


class RichText(Block):
    type: Literal["rich_text"]
    elements: list[RichElement]


class RawText(Part):
    type: Literal["raw_text"]
    text: str = Field(min_length=1)


class RawNumber(Part):
    type: Literal["raw_number"]
    value: float
    text: str = Field(min_length=1)


class ColumnSettings(Part):
    align: Literal["left", "center", "right"] | None = None
    is_wrapped: bool | None = None


Row = Annotated[
    list[Annotated[RawText | RawNumber | RichText, Field(discriminator="type")]],
    Field(min_length=1, max_length=20),
]


class Table(Block):
    type: Literal["table"]
    rows: list[Row] = Field(min_length=1, max_length=100)
    column_settings: list[ColumnSettings | None] | None = Field(default=None, max_length=20)


MessageBlock = Annotated[
    Section
    | Header
    | Divider
    | ImageBlock
    | Context
    | Actions
    | ContextActions
    | Input
    | Markdown
    | RichText
    | Table,
    Field(discriminator="type"),
]
ViewBlock = Annotated[
    Section | Header | Divider | ImageBlock | Context | Actions | Input | RichText,
    Field(discriminator="type"),
]


class MessageBlocks(Part):
    blocks: list[MessageBlock] = Field(max_length=50)
