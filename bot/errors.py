"""Every error of the bot's own. A message says what happened, what was kept and what to do.

- BotError
    - SettingsError: the configuration or the environment holds something that cannot be used
    - AlreadyRunning: another Copydesk works on the same data folder
    - SlackRefused: Slack does not accept a token
    - ChildFailed: a child (generation server, playground) did not become ready
    - BadInput: a person in Slack asked for something that cannot be done as asked
        - BadField: it lies with one field of a form
        - SettingRefused: a setting that cannot hold
    - WritingFailed: the generation server gave no text
    - DeliveryFailed: a report did not reach Slack or MLflow this time
"""

from collections.abc import Mapping


class BotError(Exception):
    """The root: catch it where a sentence is enough and a traceback is not wanted."""


class SettingsError(BotError):
    """Names the file or variable, the key, the value, and what is allowed."""


class AlreadyRunning(BotError):
    """One data folder serves one Copydesk at a time: two would answer the same messages twice."""


class SlackRefused(BotError):
    """Names the token's variable, Slack's reason and where a good token comes from."""


class ChildFailed(BotError):
    """A child ended, or stayed silent, before it said that it was ready."""


class BadInput(BotError):
    """The message is a sentence for the person who asked."""


class BadField(BadInput):
    """`field` is the block id of the field that the sentence is to stand beside."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class SettingRefused(BadInput):
    """`faults` are sentences by the field that each belongs to; "" for what belongs to none."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = faults


class WritingFailed(BotError):
    """The message is a sentence for the requester. `retryable`: the same request may work later.

    `model_unusable`: it lay with the one model that was asked, and another one may do it.
    """

    def __init__(self, message: str, *, retryable: bool, model_unusable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.model_unusable = model_unusable


class DeliveryFailed(BotError):
    """A report did not reach a target this time; its row is kept and tried again."""
