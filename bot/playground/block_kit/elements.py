"""Block elements: what a person clicks, picks or fills in."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from bot.playground.block_kit.objects import (
    Confirm,
    DispatchActionConfig,
    Id,
    LinkOption,
    Option,
    OptionGroup,
    Part,
    PlainText75,
    PlainText150,
    SlackFile,
    Url,
)


class Image(Part):
    type: Literal["image"]
    alt_text: str = Field(max_length=2000)
    image_url: Url | None = None
    slack_file: SlackFile | None = None


class Interactive(Part):
    action_id: Id | None = None


class Button(Interactive):
    type: Literal["button"]
    text: PlainText75
    value: str | None = Field(default=None, max_length=2000)
    url: Url | None = None
    style: Literal["primary", "danger"] | None = None
    confirm: Confirm | None = None
    accessibility_label: str | None = Field(default=None, max_length=75)


class FeedbackButton(Part):
    text: PlainText75
    value: str = Field(max_length=2000)
    accessibility_label: str | None = Field(default=None, max_length=75)


class FeedbackButtons(Interactive):
    type: Literal["feedback_buttons"]
    positive_button: FeedbackButton
    negative_button: FeedbackButton


class IconButton(Interactive):
    type: Literal["icon_button"]
    icon: Literal["trash"]
    text: PlainText75
    value: str | None = Field(default=None, max_length=2000)
    confirm: Confirm | None = None
    accessibility_label: str | None = Field(default=None, max_length=75)
    visible_to_user_ids: list[str] | None = Field(default=None, max_length=10)


class Overflow(Interactive):
    type: Literal["overflow"]
    options: list[LinkOption] = Field(min_length=1, max_length=5)
    confirm: Confirm | None = None


class _Focusable(Interactive):
    focus_on_load: bool | None = None


class _Picker(_Focusable):
    placeholder: PlainText150 | None = None
    confirm: Confirm | None = None


class _OptionPicker(_Picker):
    options: list[Option] | None = Field(default=None, min_length=1, max_length=100)
    option_groups: list[OptionGroup] | None = Field(default=None, min_length=1, max_length=100)

    @model_validator(mode="after")
    def _offers_something(self) -> Self:
        if (self.options is None) == (self.option_groups is None):
            raise PydanticCustomError("slack", "must provide exactly one of options or option_groups")
        return self


class StaticSelect(_OptionPicker):
    type: Literal["static_select"]
    initial_option: Option | None = None


class MultiStaticSelect(_OptionPicker):
    type: Literal["multi_static_select"]
    initial_options: list[Option] | None = None
    max_selected_items: int | None = Field(default=None, ge=1)


class UsersSelect(_Picker):
    type: Literal["users_select"]
    initial_user: str | None = None


class ChannelsSelect(_Picker):
    type: Literal["channels_select"]
    initial_channel: str | None = None
    response_url_enabled: bool | None = None


class ConversationsSelect(_Picker):
    type: Literal["conversations_select"]
    initial_conversation: str | None = None
    default_to_current_conversation: bool | None = None
    response_url_enabled: bool | None = None


class DatePicker(_Picker):
    type: Literal["datepicker"]
    initial_date: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}-\d{2}$")


class TimePicker(_Picker):
    type: Literal["timepicker"]
    initial_time: str | None = Field(default=None, pattern=r"^\d{2}:\d{2}$")
    timezone: str | None = None


class RadioButtons(_Focusable):
    type: Literal["radio_buttons"]
    options: list[Option] = Field(min_length=1, max_length=10)
    initial_option: Option | None = None
    confirm: Confirm | None = None


class Checkboxes(_Focusable):
    type: Literal["checkboxes"]
    options: list[Option] = Field(min_length=1, max_length=10)
    initial_options: list[Option] | None = None
    confirm: Confirm | None = None


class _TypedInput(_Focusable):
    placeholder: PlainText150 | None = None
    initial_value: str | None = None
    dispatch_action_config: DispatchActionConfig | None = None


class PlainTextInput(_TypedInput):
    type: Literal["plain_text_input"]
    multiline: bool | None = None
    min_length: int | None = Field(default=None, ge=0, le=3000)
    max_length: int | None = Field(default=None, ge=1, le=3000)


class NumberInput(_TypedInput):
    type: Literal["number_input"]
    is_decimal_allowed: bool
    min_value: str | None = None
    max_value: str | None = None


class EmailInput(_TypedInput):
    type: Literal["email_text_input"]


class UrlInput(_TypedInput):
    type: Literal["url_text_input"]


ActionElement = Annotated[
    Button
    | Overflow
    | StaticSelect
    | MultiStaticSelect
    | UsersSelect
    | ChannelsSelect
    | ConversationsSelect
    | DatePicker
    | TimePicker
    | RadioButtons
    | Checkboxes,
    Field(discriminator="type"),
]
Accessory = Annotated[
    Image
    | Button
    | Overflow
    | StaticSelect
    | MultiStaticSelect
    | UsersSelect
    | ChannelsSelect
    | ConversationsSelect
    | DatePicker
    | TimePicker
    | RadioButtons
    | Checkboxes,
    Field(discriminator="type"),
]
InputElement = Annotated[
    PlainTextInput
    | NumberInput
    | EmailInput
    | UrlInput
    | StaticSelect
    | MultiStaticSelect
    | UsersSelect
    | ChannelsSelect
    | ConversationsSelect
    | DatePicker
    | TimePicker
    | RadioButtons
    | Checkboxes,
    Field(discriminator="type"),
]
ContextActionElement = Annotated[FeedbackButtons | IconButton, Field(discriminator="type")]
