"""Rich text, as far as an app may send it."""

from typing import Annotated, Literal

from pydantic import Field

from bot.playground.block_kit.objects import Block, Part


class Style(Part):
    bold: bool | None = None
    italic: bool | None = None
    strike: bool | None = None
    code: bool | None = None
    underline: bool | None = None


class TextRun(Part):
    type: Literal["text"]
    text: str = Field(min_length=1)
    style: Style | None = None


class Link(Part):
    type: Literal["link"]
    url: str
    text: str | None = None
    unsafe: bool | None = None
    style: Style | None = None


class Emoji(Part):
    type: Literal["emoji"]
    name: str
    unicode: str | None = None
    skin_tone: int | None = None
    style: Style | None = None


class UserMention(Part):
    type: Literal["user"]
    user_id: str
    style: Style | None = None


class ChannelMention(Part):
    type: Literal["channel"]
    channel_id: str
    style: Style | None = None


class UserGroupMention(Part):
    type: Literal["usergroup"]
    usergroup_id: str
    style: Style | None = None


class Color(Part):
    type: Literal["color"]
    value: str = Field(pattern=r"^#[0-9a-fA-F]{6}$")


class Broadcast(Part):
    type: Literal["broadcast"]
    range: Literal["here", "channel", "everyone"]


class Date(Part):
    type: Literal["date"]
    timestamp: int
    format: str
    fallback: str | None = None
    url: str | None = None


Inline = Annotated[
    TextRun | Link | Emoji | UserMention | UserGroupMention | ChannelMention | Broadcast | Date | Color,
    Field(discriminator="type"),
]


class RichSection(Part):
    type: Literal["rich_text_section"]
    elements: list[Inline]


class RichList(Part):
    type: Literal["rich_text_list"]
    style: Literal["bullet", "ordered"]
    elements: list[RichSection]
    indent: int | None = None
    offset: int | None = None
    border: int | None = None


class RichPreformatted(Part):
    type: Literal["rich_text_preformatted"]
    elements: list[Inline]
    border: int | None = None
    language: str | None = None


class RichQuote(Part):
    type: Literal["rich_text_quote"]
    elements: list[Inline]
    border: int | None = None


RichElement = Annotated[RichSection | RichList | RichPreformatted | RichQuote, Field(discriminator="type")]


class RichText(Block):
    type: Literal["rich_text"]
    elements: list[RichElement]
