"""Cards, rows of cards, alerts, and the steps of an app at work."""

from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from bot.playground.block_kit.elements import Button, Image
from bot.playground.block_kit.objects import Block, Part, Text, Text150, Text200, Url
from bot.playground.block_kit.rich_text import RichText

IconName = Literal[
    "archive", "book", "bookmark", "bot", "bug", "calendar", "call", "caret-left", "caret-right", "check",
    "clipboard", "code", "comment", "compass", "copy", "cube", "download", "edit", "email", "eye-closed",
    "eye-open", "file", "flag", "folder", "gear", "globe", "heart", "help", "image", "info", "key",
    "lightbulb", "link", "map", "mobile", "new-window", "pin", "plus", "refine", "refresh", "rocket", "save",
    "screen", "share", "sparkle", "star", "star-filled", "tag", "thumbs-down", "thumbs-up", "trash",
    "upload", "user", "warning",
]  # fmt: skip


class SlackIcon(Part):
    type: Literal["icon"]
    name: IconName


class Card(Block):
    type: Literal["card"]
    hero_image: Image | None = None
    icon: Image | None = None
    slack_icon: SlackIcon | None = None
    title: Text150 | None = None
    subtitle: Text150 | None = None
    body: Text200 | None = None
    subtext: Text200 | None = None
    actions: list[Button] | None = Field(default=None, min_length=1, max_length=3)

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        if all(part is None for part in (self.hero_image, self.title, self.body, self.actions)):
            raise PydanticCustomError(
                "slack", "must provide at least one of hero_image, title, actions or body"
            )
        if self.icon is not None and self.slack_icon is not None:
            raise PydanticCustomError("slack", "must provide only one of icon or slack_icon")
        return self


class Carousel(Block):
    type: Literal["carousel"]
    elements: list[Card] = Field(min_length=1, max_length=10)


class Alert(Block):
    """A notice in a modal."""

    type: Literal["alert"]
    text: Text
    level: Literal["default", "info", "warning", "error", "success"] | None = None


class UrlSource(Part):
    type: Literal["url"]
    url: Url
    text: str = Field(min_length=1)


class Task(Part):
    """One step: what is done, how far it is, what came out."""

    task_id: str = Field(min_length=1)
    title: str = Field(min_length=1)
    status: Literal["pending", "in_progress", "complete", "error"] | None = None
    details: RichText | None = None
    output: RichText | None = None
    sources: list[UrlSource] | None = None


class TaskCard(Block, Task):
    type: Literal["task_card"]


class PlannedTask(Block, Task):
    """A task inside a plan; it may say its type, and need not."""

    type: Literal["task_card"] | None = None


class Plan(Block):
    type: Literal["plan"]
    title: str = Field(min_length=1)
    tasks: list[PlannedTask] | None = None
