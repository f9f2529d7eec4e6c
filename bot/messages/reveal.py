"""The question who wrote a draft, to one rater alone, and the button that answers it.

The question offers all models that could have written the text, in random order, so it tells nothing.
"""

from collections.abc import Sequence

from bot import texts
from bot.messages.blocks import Block, button, escape, plain, section

GUESS_ACTION_PREFIX = "guess_"
GUESS_BLOCK_PREFIX = "guess."
REVEAL_ACTION = "reveal"
BUTTONS_PER_ROW = 5
LABEL_LIMIT = 75
NO_IDEA_VALUE = "no idea"


def guess_question(
    *, draft_id: str, label: str, models: Sequence[str], lead: str | None = None
) -> tuple[str, list[Block]]:
    """Which of `models`, in this order, wrote the draft? Each on a button, and "No idea"."""
    question = " ".join([*([lead] if lead else []), texts.guess_question(label)])
    buttons = [
        button(f"{GUESS_ACTION_PREFIX}{place}", name[:LABEL_LIMIT], name) for place, name in enumerate(models)
    ]
    buttons.append(button(f"{GUESS_ACTION_PREFIX}none", texts.GUESS_NO_IDEA, NO_IDEA_VALUE))
    rows = [buttons[first : first + BUTTONS_PER_ROW] for first in range(0, len(buttons), BUTTONS_PER_ROW)]
    actions = [
        {"type": "actions", "block_id": f"{GUESS_BLOCK_PREFIX}{draft_id}.{number}", "elements": row}
        for number, row in enumerate(rows)
    ]
    return question, [section(escape(question)), *actions]


def reveal_button(draft_id: str, words: str) -> Block:
    """Asks back first, because what was said stays as it is from then on."""
    return {
        **button(REVEAL_ACTION, words, draft_id),
        "confirm": {
            "title": plain(texts.REVEAL_CONFIRM_TITLE),
            "text": plain(texts.REVEAL_CONFIRM_TEXT),
            "confirm": plain(texts.REVEAL_CONFIRM_YES),
            "deny": plain(texts.REVEAL_CONFIRM_NO),
        },
    }


def reveal_offer(noted: str, draft_id: str) -> tuple[str, list[Block]]:
    """A sentence, and the button that tells who wrote the draft."""
    return noted, [
        section(escape(noted)),
        {"type": "actions", "elements": [reveal_button(draft_id, texts.REVEAL_BUTTON)]},
    ]
