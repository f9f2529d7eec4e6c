"""Every layout of audits, guesses and confirmations is one that Slack takes."""

from typing import Any

import pytest
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot import messages, texts
from bot.messages import Asking, WaitingDraft
from bot.playground.block_kit.validation import check_message_blocks, check_view
from evaluation.tables import VoteChoice
from generation.content_types import TextFormat

WAITING = [WaitingDraft(f"t{n}", "Draft K7Q3", "LinkedIn post", "x <!channel> " * 20) for n in range(10)]
ASKING = Asking(on=True, hour=8, times_per_week=2, time_zone="Europe/Berlin")


def checked(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for parsed in Block.parse_all(blocks):
        parsed.validate_json()
    return check_message_blocks(blocks)


@pytest.mark.parametrize("count", [0, 1, 10])
@pytest.mark.parametrize("on", [True, False])
def test_what_waits_is_laid_out_for_any_number(count: int, on: bool) -> None:
    blocks = checked(messages.audit_blocks(WAITING[:count], on=on))
    assert "<!channel>" not in str(blocks)
    buttons = [block for block in blocks if block.get("block_id", "").startswith("audit.")]
    assert len(buttons) == (count if on else 0)


@pytest.mark.parametrize("text_format", list(TextFormat))
@pytest.mark.parametrize("text", ["One line.", "word " * 4000, "&" * 9000])
def test_a_waiting_draft_is_shown_whole(text: str, text_format: TextFormat) -> None:
    form = messages.audit_form(
        draft_id="d1", label="Draft K7Q3", text=text, text_format=text_format, origin="home"
    )
    View(**form).validate_json()
    check_view(form, kind="modal")


@pytest.mark.parametrize(
    "form",
    [
        messages.skip_form(task_id="t1", origin="D1 1.5"),
        messages.preferences_form(ASKING, origin="home"),
        messages.preferences_form(Asking(False, None, None, "UTC"), origin=""),
        *(messages.why_form(pair_id="p1", choice=choice, reasons=["clearer"]) for choice in VoteChoice),
        messages.note_view(
            messages.rating_note(draft_id="d1", noted="Noted.", undo_action="undo", may_reveal=True),
            messages.guess_question(draft_id="d1", label="Draft K7Q3", models=[f"m{n}" for n in range(60)]),
        ),
    ],
)
def test_forms_are_ones_that_slack_takes(form: dict[str, Any]) -> None:
    View(**form).validate_json()
    check_view(form, kind="modal")


def test_preferences_show_what_holds_now() -> None:
    places, hour, times = (
        block["element"] for block in messages.preferences_form(ASKING, origin="")["blocks"]
    )
    assert [choice["value"] for choice in places["initial_options"]] == ["home", "message"]
    assert (hour["initial_option"]["value"], times["initial_option"]["value"]) == ("8", "2")


@pytest.mark.parametrize("choice", list(VoteChoice))
def test_a_vote_is_confirmed_with_what_can_be_done_next(choice: VoteChoice) -> None:
    _, blocks = messages.vote_note(pair_id="p1", choice=choice, may_undo=True, may_reveal="d1")
    (actions,) = [block for block in checked(blocks) if block["type"] == "actions"]
    words = [button["text"]["text"] for button in actions["elements"]]
    assert words == [texts.WHY_BUTTON, texts.UNDO_BUTTON, texts.REVEAL_PAIR_BUTTON]
