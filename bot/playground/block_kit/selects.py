"""Menus: one or several choices, from the app's list, from the app's answers, or from the workspace."""

from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from bot.playground.block_kit.objects import (
    OptionGroup,
    Part,
    Picker,
    PlainOption,
)


class ConversationFilter(Part):
    """Which conversations a menu offers."""

    include: list[Literal["im", "mpim", "private", "public"]] | None = Field(default=None, min_length=1)
    exclude_external_shared_channels: bool | None = None
    exclude_bot_users: bool | None = None


class _Several(Picker):
    max_selected_items: int | None = Field(default=None, ge=1)


class _FromList(Picker):
    options: list[PlainOption] | None = Field(default=None, min_length=1, max_length=100)
    option_groups: list[OptionGroup] | None = Field(default=None, min_length=1, max_length=100)

    @model_validator(mode="after")
    def _offers_something(self) -> Self:
        if (self.options is None) == (self.option_groups is None):
            raise PydanticCustomError("slack", "must provide exactly one of options or option_groups")
        return self

    def offers(self, chosen: list[PlainOption]) -> bool:
        """Whether each of the options is one of the menu's own."""
        own = [*(self.options or ()), *(each for group in self.option_groups or () for each in group.options)]
        return all(option in own for option in chosen)


class StaticSelect(_FromList):
    type: Literal["static_select"]
    initial_option: PlainOption | None = None

    @model_validator(mode="after")
    def _begins_with_its_own(self) -> Self:
        if self.initial_option is not None and not self.offers([self.initial_option]):
            raise PydanticCustomError("slack", "initial_option must be one of the options")
        return self


class MultiStaticSelect(_FromList, _Several):
    type: Literal["multi_static_select"]
    initial_options: list[PlainOption] | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _begins_with_its_own(self) -> Self:
        if not self.offers(self.initial_options or []):
            raise PydanticCustomError("slack", "initial_options must be among the options")
        return self


class ExternalSelect(Picker):
    """Asks the app for options once this many characters are typed; Slack's default is three."""

    type: Literal["external_select"]
    initial_option: PlainOption | None = None
    min_query_length: int | None = Field(default=None, ge=0)


class MultiExternalSelect(_Several):
    type: Literal["multi_external_select"]
    initial_options: list[PlainOption] | None = Field(default=None, min_length=1)
    min_query_length: int | None = Field(default=None, ge=0)


class UsersSelect(Picker):
    type: Literal["users_select"]
    initial_user: str | None = None


class MultiUsersSelect(_Several):
    type: Literal["multi_users_select"]
    initial_users: list[str] | None = Field(default=None, min_length=1)


class ChannelsSelect(Picker):
    type: Literal["channels_select"]
    initial_channel: str | None = None
    response_url_enabled: bool | None = None


class MultiChannelsSelect(_Several):
    type: Literal["multi_channels_select"]
    initial_channels: list[str] | None = Field(default=None, min_length=1)


class ConversationsSelect(Picker):
    type: Literal["conversations_select"]
    initial_conversation: str | None = None
    default_to_current_conversation: bool | None = None
    response_url_enabled: bool | None = None
    filter: ConversationFilter | None = None


class MultiConversationsSelect(_Several):
    type: Literal["multi_conversations_select"]
    initial_conversations: list[str] | None = Field(default=None, min_length=1)
    default_to_current_conversation: bool | None = None
    filter: ConversationFilter | None = None


Select = (
    StaticSelect
    | MultiStaticSelect
    | ExternalSelect
    | MultiExternalSelect
    | UsersSelect
    | MultiUsersSelect
    | ChannelsSelect
    | MultiChannelsSelect
    | ConversationsSelect
    | MultiConversationsSelect
)
