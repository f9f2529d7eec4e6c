"""Block layouts: pure functions from values to what Slack shows, one module a feature.

Values, block ids and action ids carry opaque draft ids only, so that no client of a rater can see
who wrote a draft.
"""

from bot.messages.blocks import HEADER_LIMIT, body, escape, split_text
from bot.messages.draft import DRAFT_BLOCK_PREFIX, draft_message, thumb_block_id
from bot.messages.home import home_view
from bot.messages.rating import SCORE_ACTION, SCORE_FORM, THUMB_ACTION, score_form
from bot.messages.report import report_block_id, report_message

__all__ = [
    "DRAFT_BLOCK_PREFIX",
    "HEADER_LIMIT",
    "SCORE_ACTION",
    "SCORE_FORM",
    "THUMB_ACTION",
    "body",
    "draft_message",
    "escape",
    "home_view",
    "report_block_id",
    "report_message",
    "score_form",
    "split_text",
    "thumb_block_id",
]
