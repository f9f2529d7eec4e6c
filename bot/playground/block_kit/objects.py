"""Composition objects: text, options, confirmations. Limits are characters, as Slack counts them."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError


class Part(BaseModel):
    """A piece of Block Kit; like Slack, it refuses properties it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class PlainText(Part):
    type: Literal["plain_text"]
    text: str = Field(min_length=1, max_length=3000)
    emoji: bool | None = None


class Mrkdwn(Part):
    type: Literal["mrkdwn"]
    text: str = Field(min_length=1, max_length=3000)
    verbatim: bool | None = None


Text = Annotated[PlainText | Mrkdwn, Field(discriminator="type")]


def _at_most(limit: int) -> AfterValidator:
    def check(value: PlainText | Mrkdwn) -> PlainText | Mrkdwn:
        if len(value.text) > limit:
            # Slack points at the inner "text"; the pointer is completed where errors are worded.
            raise PydanticCustomError("text_too_long", "too long", {"max_length": limit})
        return value

    return AfterValidator(check)


PlainText24 = Annotated[PlainText, _at_most(24)]
PlainText30 = Annotated[PlainText, _at_most(30)]
PlainText75 = Annotated[PlainText, _at_most(75)]
PlainText100 = Annotated[PlainText, _at_most(100)]
PlainText150 = Annotated[PlainText, _at_most(150)]
PlainText2000 = Annotated[PlainText, _at_most(2000)]
Text75 = Annotated[Text, _at_most(75)]
Text300 = Annotated[Text, _at_most(300)]
Text2000 = Annotated[Text, _at_most(2000)]

Id = Annotated[str, Field(max_length=255)]
Url = Annotated[str, Field(pattern=r"^https?://", max_length=3000)]


class Option(Part):
    text: Text75
    value: str = Field(max_length=150)
    description: Text75 | None = None
    url: Url | None = None


class OptionGroup(Part):
    label: PlainText75
    options: list[Option] = Field(min_length=1, max_length=100)


class Confirm(Part):
    title: PlainText100
    text: Text300
    confirm: PlainText30
    deny: PlainText30
    style: Literal["primary", "danger"] | None = None


class DispatchActionConfig(Part):
    trigger_actions_on: list[Literal["on_enter_pressed", "on_character_entered"]]


class SlackFile(Part):
    id: str | None = None
    url: str | None = None
