"""Block layouts: pure functions from values to what Slack shows, one module a feature.

Values, block ids and action ids carry opaque draft ids only, so that no client of a rater can see
who wrote a draft.
"""

from bot.messages.blocks import HEADER_LIMIT, body, escape, split_text
from bot.messages.draft import draft_message
from bot.messages.home import home_view
from bot.messages.pair import (
    HALF_LIMIT,
    PAIR_BLOCK_PREFIX,
    READ_WHOLE_ACTION,
    VOTE_ACTIONS,
    Half,
    pair_block_id,
    pair_message,
    whole_text_view,
)
from bot.messages.rating import (
    DRAFT_BLOCK_PREFIX,
    SCORE_ACTION,
    SCORE_FORM,
    THUMB_ACTION,
    score_form,
    thumb_block_id,
    thumbs,
)
from bot.messages.report import report_block_id, report_message

__all__ = [
    "DRAFT_BLOCK_PREFIX",
    "HALF_LIMIT",
    "HEADER_LIMIT",
    "PAIR_BLOCK_PREFIX",
    "READ_WHOLE_ACTION",
    "SCORE_ACTION",
    "SCORE_FORM",
    "THUMB_ACTION",
    "VOTE_ACTIONS",
    "Half",
    "body",
    "draft_message",
    "escape",
    "home_view",
    "pair_block_id",
    "pair_message",
    "report_block_id",
    "report_message",
    "score_form",
    "split_text",
    "thumb_block_id",
    "thumbs",
    "whole_text_view",
]
