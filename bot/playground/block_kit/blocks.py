"""Layout blocks, and which of them a message, a modal and an App Home may hold."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from bot.playground.block_kit.cards import Alert, Card, Carousel, Plan, TaskCard
from bot.playground.block_kit.charts import DataVisualization
from bot.playground.block_kit.elements import (
    Accessory,
    ActionElement,
    ContextActionElement,
    Image,
    InputElement,
    ModalInputElement,
)
from bot.playground.block_kit.objects import (
    Block,
    Mrkdwn,
    Part,
    PlainText,
    PlainText150,
    PlainText2000,
    SlackFile,
    Text,
    Text150,
    Text2000,
    Url,
)
from bot.playground.block_kit.rich_text import RichText
from bot.playground.block_kit.tables import DataTable, Table


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


class _Input(Block):
    type: Literal["input"]
    label: PlainText2000
    hint: PlainText2000 | None = None
    optional: bool | None = None
    dispatch_action: bool | None = None


class Input(_Input):
    element: InputElement


class ModalInput(_Input):
    """In a modal a person can attach files, too."""

    element: ModalInputElement


class Markdown(Block):
    type: Literal["markdown"]
    text: str = Field(min_length=1, max_length=12000)


_Single = (
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
    | Table
    | DataTable
    | DataVisualization
    | Card
    | Carousel
    | TaskCard
    | Plan
)


class Container(Block):
    """Blocks under a title of their own, which a reader may fold away where the app lets them."""

    type: Literal["container"]
    title: PlainText150 | None = None
    rich_text_title: RichText | None = None
    subtitle: Text150 | None = None
    icon: Image | None = None
    width: Literal["narrow", "standard", "wide", "full"] | None = None
    is_collapsible: bool | None = None
    default_collapsed: bool | None = None
    has_header_divider: bool | None = None
    child_blocks: list[Annotated[_Single, Field(discriminator="type")]] = Field(min_length=1, max_length=10)

    @model_validator(mode="after")
    def _has_a_title_and_one_way_to_fold(self) -> Self:
        if self.title is None and self.rich_text_title is None:
            raise PydanticCustomError("slack", "must provide one of title or rich_text_title")
        if self.default_collapsed and not self.is_collapsible:
            raise PydanticCustomError("slack", "default_collapsed requires is_collapsible")
        if self.has_header_divider and self.is_collapsible:
            raise PydanticCustomError("slack", "has_header_divider is not allowed with is_collapsible")
        return self


MessageBlock = Annotated[_Single | Container, Field(discriminator="type")]
HomeBlock = Annotated[
    Section | Header | Divider | ImageBlock | Context | Actions | Input | RichText,
    Field(discriminator="type"),
]
ModalBlock = Annotated[
    Section | Header | Divider | ImageBlock | Context | Actions | ModalInput | RichText | Alert,
    Field(discriminator="type"),
]


class MessageBlocks(Part):
    blocks: list[MessageBlock] = Field(max_length=50)
