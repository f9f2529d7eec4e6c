"""Block elements: what a person clicks, and which elements stand where."""

from typing import Annotated, Literal

from pydantic import Field

from bot.playground.block_kit.inputs import (
    Checkboxes,
    DatePicker,
    DateTimePicker,
    EmailInput,
    FileInput,
    NumberInput,
    PlainTextInput,
    RadioButtons,
    RichTextInput,
    TimePicker,
    UrlInput,
)
from bot.playground.block_kit.objects import (
    Confirm,
    Interactive,
    LinkOption,
    Part,
    PlainText75,
    SlackFile,
    Url,
)
from bot.playground.block_kit.selects import Select


class Image(Part):
    type: Literal["image"]
    alt_text: str = Field(max_length=2000)
    image_url: Url | None = None
    slack_file: SlackFile | None = None


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


class Workflow(Part):
    """The workflow that a button starts; the playground shows the button and starts nothing."""

    trigger: dict[str, object]


class WorkflowButton(Interactive):
    type: Literal["workflow_button"]
    text: PlainText75
    workflow: Workflow
    style: Literal["primary", "danger"] | None = None
    accessibility_label: str | None = Field(default=None, max_length=75)


class Overflow(Interactive):
    type: Literal["overflow"]
    options: list[LinkOption] = Field(min_length=1, max_length=5)
    confirm: Confirm | None = None


_Clickable = Button | WorkflowButton | Overflow
_Fillable = Select | DatePicker | TimePicker | DateTimePicker | RadioButtons | Checkboxes
_Typed = PlainTextInput | NumberInput | EmailInput | UrlInput | RichTextInput

ActionElement = Annotated[_Clickable | _Fillable, Field(discriminator="type")]
Accessory = Annotated[Image | _Clickable | _Fillable, Field(discriminator="type")]
InputElement = Annotated[_Typed | _Fillable, Field(discriminator="type")]
ModalInputElement = Annotated[_Typed | _Fillable | FileInput, Field(discriminator="type")]
ContextActionElement = Annotated[FeedbackButtons | IconButton, Field(discriminator="type")]
