"""What people do in Slack: parse it, make one call, answer.

Every listener records before Slack gets its acknowledgement (the app is built with
`process_before_response`), so what could not be stored is delivered again.
"""

from slack_bolt.async_app import AsyncApp

from bot.listeners import (
    audits,
    commands,
    draft_actions,
    forms,
    home,
    mentions,
    placeholders,
    rating,
    reactions,
    revealing,
    settings,
    shortcuts,
    voting,
)
from bot.services import Services


def register(app: AsyncApp, services: Services) -> None:
    for listener in (
        commands, forms, mentions, shortcuts, placeholders, draft_actions,
        rating, voting, reactions, revealing, audits, home, settings,
    ):  # fmt: skip
        listener.register(app, services)
