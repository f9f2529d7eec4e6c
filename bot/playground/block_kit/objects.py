"""Composition objects: text, options, confirmations. Limits are characters, as Slack counts them."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
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
Text150 = Annotated[Text, _at_most(150)]
Text200 = Annotated[Text, _at_most(200)]
Text300 = Annotated[Text, _at_most(300)]
Text2000 = Annotated[Text, _at_most(2000)]

Id = Annotated[str, Field(max_length=255)]
Url = Annotated[str, Field(pattern=r"^https?://", max_length=3000)]


class Option(Part):
    """A choice of radio buttons and checkboxes, which may be formatted."""

    text: Text75
    value: str = Field(max_length=150)
    description: Text75 | None = None


class PlainOption(Part):
    """A choice of a menu, which is plain text."""

    text: PlainText75
    value: str = Field(max_length=150)
    description: PlainText75 | None = None


class LinkOption(PlainOption):
    """A choice of an overflow menu, which may lead somewhere."""

    url: Url | None = None


class OptionGroup(Part):
    label: PlainText75
    options: list[PlainOption] = Field(min_length=1, max_length=100)


class Suggestions(Part):
    """What an app answers when somebody types into an external select."""

    options: list[PlainOption] | None = Field(default=None, max_length=100)
    option_groups: list[OptionGroup] | None = Field(default=None, max_length=100)

    @model_validator(mode="after")
    def _offers_one_kind(self) -> Self:
        if (self.options is None) == (self.option_groups is None):
            raise PydanticCustomError("slack", "must provide exactly one of options or option_groups")
        return self


class Confirm(Part):
    title: PlainText100
    text: Text300
    confirm: PlainText30
    deny: PlainText30
    style: Literal["primary", "danger"] | None = None


class DispatchActionConfig(Part):
    trigger_actions_on: list[Literal["on_enter_pressed", "on_character_entered"]]


class Interactive(Part):
    """What a person can use; Slack makes up an id where the app gives none."""

    action_id: Id | None = None


class Focusable(Interactive):
    focus_on_load: bool | None = None


class Picker(Focusable):
    placeholder: PlainText150 | None = None
    confirm: Confirm | None = None


class Block(Part):
    """What all layout blocks have in common."""

    block_id: Id | None = None


class SlackFile(Part):
    id: str | None = None
    url: str | None = None
