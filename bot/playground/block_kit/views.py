"""What an app sends to open a modal or publish an App Home."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from bot.playground.block_kit.blocks import HomeBlock, ModalBlock, ModalInput
from bot.playground.block_kit.objects import Part, PlainText24


class _View(Part):
    callback_id: str | None = Field(default=None, max_length=255)
    private_metadata: str | None = Field(default=None, max_length=3000)
    external_id: str | None = Field(default=None, max_length=255)


class Modal(_View):
    type: Literal["modal"]
    blocks: list[ModalBlock] = Field(max_length=100)
    title: PlainText24
    submit: PlainText24 | None = None
    close: PlainText24 | None = None
    clear_on_close: bool | None = None
    notify_on_close: bool | None = None
    submit_disabled: bool | None = None

    @model_validator(mode="after")
    def _can_be_submitted(self) -> Self:
        if self.submit is None and any(isinstance(block, ModalInput) for block in self.blocks):
            raise PydanticCustomError("slack", "`submit` is required when an input block is used")
        return self


class Home(_View):
    type: Literal["home"]
    blocks: list[HomeBlock] = Field(max_length=100)


class ViewArgument(Part):
    view: Annotated[Modal | Home, Field(discriminator="type")]
