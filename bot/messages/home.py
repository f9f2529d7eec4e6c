"""The App Home."""

from collections.abc import Sequence
from typing import Any

from bot import texts
from bot.messages.blocks import Block, header, section
from generation.content_types import ContentType


def home_view(
    content_types: Sequence[ContentType], drafts: int, ratings: int, waiting: Sequence[Block] = ()
) -> dict[str, Any]:
    """The App Home: what Copydesk does, what waits for rating, how to ask and to rate, one's own numbers."""
    kinds = [section(texts.home_kind(kind)) for kind in content_types]
    blocks = [
        header(texts.HOME_TITLE),
        section(texts.HOME_INTRO),
        section(texts.home_numbers(drafts, ratings)),
        *waiting,
        {"type": "divider"},
        *kinds,
        {"type": "divider"},
        section(texts.HOME_HOW_TO_RATE),
    ]
    return {"type": "home", "blocks": blocks}
