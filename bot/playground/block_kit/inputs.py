"""Fields: what a person types, ticks, dates or attaches."""

from typing import Literal

from pydantic import Field

from bot.playground.block_kit.objects import (
    Confirm,
    DispatchActionConfig,
    Focusable,
    Interactive,
    Option,
    Picker,
    PlainText150,
)
from bot.playground.block_kit.rich_text import RichText


class DatePicker(Picker):
    type: Literal["datepicker"]
    initial_date: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}-\d{2}$")


class TimePicker(Picker):
    type: Literal["timepicker"]
    initial_time: str | None = Field(default=None, pattern=r"^\d{2}:\d{2}$")
    timezone: str | None = None


class DateTimePicker(Focusable):
    """Seconds since 1970, in ten digits."""

    type: Literal["datetimepicker"]
    initial_date_time: int | None = Field(default=None, ge=1_000_000_000, le=9_999_999_999)
    confirm: Confirm | None = None


class RadioButtons(Focusable):
    type: Literal["radio_buttons"]
    options: list[Option] = Field(min_length=1, max_length=10)
    initial_option: Option | None = None
    confirm: Confirm | None = None


class Checkboxes(Focusable):
    type: Literal["checkboxes"]
    options: list[Option] = Field(min_length=1, max_length=10)
    initial_options: list[Option] | None = None
    confirm: Confirm | None = None


class _TypedInput(Focusable):
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


class RichTextInput(Focusable):
    type: Literal["rich_text_input"]
    placeholder: PlainText150 | None = None
    initial_value: RichText | None = None
    dispatch_action_config: DispatchActionConfig | None = None
    min_lines: int | None = Field(default=None, ge=1)
    max_lines: int | None = Field(default=None, ge=1)


class FileInput(Interactive):
    type: Literal["file_input"]
    filetypes: list[str] | None = None
    max_files: int | None = Field(default=None, ge=1, le=10)
