"""What stands under a draft: rewrite, edit, copy and discard, from a person's hand to rows and messages."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import col, select

from bot import messages, texts
from bot.messages import DraftAct
from bot.playground.entities import Message, View
from bot.playground.faults import FailMethod
from bot.playground.testing import Person, Refused
from bot.schedule import look_around
from evaluation.database import Database
from evaluation.tables import Draft, DraftEdit, DraftRequest, PairVoteEvent, Rating, RequestOrigin
from tests.bot_on_playground import TEXT, LocalSlackAndServices, ScriptedWriter, bot_on_playground

EDITOR = '[workspace]\neditors = ["U0CLEO"]\n'
ELSEWHERE = """
[models.elsewhere]
source = "remote"
backend = "openai"
address = "http://127.0.0.1:11434/v1"
parameters = 7_000_000_000
licence = "Apache-2.0"
commercial_use = true

[routes.linkedin_post]
models = ["elsewhere"]
substitutes = []
reason = "it follows instructions"
"""


@asynccontextmanager
async def draft_of_ada(
    database: Database,
    data_dir: Path,
    command: str = "linkedin tea",
    *,
    script: tuple[str, ...] = ("A first text.", "A second text."),
    config: str = EDITOR,
) -> AsyncIterator[tuple[LocalSlackAndServices, Person, Message]]:
    """A bot with one posted draft, or a pair, that Ada asked for; Cleo is an editor, Ben is not."""
    writer = ScriptedWriter([replace(TEXT, text=text) for text in script])
    async with bot_on_playground(database, data_dir, writer=writer, config=config) as bot:
        ada = bot.slack.as_user("U0ADA")
        await ada.slash("/draft", command, channel="drafts")
        await bot.services.drafting.idle()
        yield bot, ada, public(ada)[-1]


async def choose(person: Person, message: Message, act: DraftAct, draft_id: str | None = None) -> None:
    """By its button, or from the menu where it stands there."""
    if draft_id is None and act in (DraftAct.COPY, DraftAct.REWRITE):
        await person.click(message, messages.act_action(act))
        return
    menus = [
        element
        for block in message.blocks or ()
        for element in block.get("elements", ())
        if element.get("action_id") == messages.MORE_ACTION
    ]
    options = [option for menu in menus for option in menu["options"]]
    wanted = next(
        option
        for option in options
        if option["value"].endswith(f".{act}") and option["value"].startswith(draft_id or "")
    )
    block = next(
        block
        for block in message.blocks or ()
        for menu in menus
        if menu in block.get("elements", ()) and wanted in menu["options"]
    )
    await person.choose(
        message, messages.MORE_ACTION, {"selected_option": wanted}, block_id=block["block_id"]
    )


async def open_form(person: Person, message: Message, act: DraftAct, draft_id: str | None = None) -> View:
    await choose(person, message, act, draft_id)
    return await person.wait_for_modal()


async def edit(
    bot: LocalSlackAndServices, person: Person, message: Message, text: str, draft_id: str | None = None
) -> None:
    await person.submit_view(await open_form(person, message, DraftAct.EDIT, draft_id), {"text1": text})
    await bot.services.revising.idle()


async def discard(
    bot: LocalSlackAndServices, person: Person, message: Message, draft_id: str | None = None
) -> None:
    await person.submit_view(await open_form(person, message, DraftAct.DISCARD, draft_id), {})
    await bot.services.revising.idle()


class TestRewriting:
    async def test_the_instruction_is_recorded_and_the_new_text_is_a_draft_of_its_own_below(
        self, database: Database, tmp_path: Path
    ) -> None:
        async with draft_of_ada(database, tmp_path) as (bot, ada, message):
            form = await open_form(ada, message, DraftAct.REWRITE)
            await ada.submit_view(form, {"instruction": "shorter & <b>bolder</b>"})
            await bot.services.drafting.idle()
            anew = public(ada)[-1]
            first, second = drafts(database)
            request = request_of(database, second)
        assert (request.parent_draft_id, request.instruction) == (first.id, "shorter & <b>bolder</b>")
        assert (request.origin, request.requester_id) == (RequestOrigin.REGENERATION, "U0ADA")
        assert anew.thread_ts == message.ts
        assert "A second text." in shown(anew)
        assert f"*{first.label}* rewritten: “shorter &amp; &lt;b&gt;bolder&lt;/b&gt;”" in shown(anew)
        assert second.label in shown(anew)
        assert texts.INSTRUCTION_NOT_HEARD in [each.text for each in ada.messages("drafts")]

    async def test_what_was_corrected_by_hand_is_what_is_rewritten(
        self, database: Database, tmp_path: Path
    ) -> None:
        async with draft_of_ada(database, tmp_path, config=ELSEWHERE) as (bot, ada, message):
            await edit(bot, ada, message, "By hand.")
            form = await open_form(ada, public(ada)[-1], DraftAct.REWRITE)
            await ada.submit_view(form, {"instruction": "shorter"})
            await bot.services.drafting.idle()
            told = [each.text for each in ada.messages("drafts")]
        said = [message["content"] for message in drafts(database)[1].messages]
        assert said[-2:] == ["By hand.", "shorter"]
        assert texts.INSTRUCTION_NOT_HEARD not in told

    async def test_in_a_thread_the_new_text_stays_in_it(self, database: Database, tmp_path: Path) -> None:
        async with draft_of_ada(database, tmp_path) as (bot, ada, message):
            for _ in range(2):
                form = await open_form(ada, public(ada)[-1], DraftAct.REWRITE)
                await ada.submit_view(form, {"instruction": "again"})
                await bot.services.drafting.idle()
            below = public(ada)[-2:]
        assert [each.thread_ts for each in below] == [message.ts, message.ts]

    async def test_without_an_instruction_the_form_says_so(self, database: Database, tmp_path: Path) -> None:
        async with draft_of_ada(database, tmp_path) as (_, ada, message):
            form = await open_form(ada, message, DraftAct.REWRITE)
            with pytest.raises(Refused) as refused:
                await ada.submit_view(form, {"instruction": "  "})
        assert refused.value.answer["errors"] == {"instruction": texts.INSTRUCTION_MISSING}


class TestEditing:
    async def test_the_corrected_text_is_kept_and_shown_as_final_with_its_editor(
        self, database: Database, tmp_path: Path
    ) -> None:
        async with draft_of_ada(database, tmp_path) as (bot, ada, message):
            await edit(bot, ada, message, "By hand <!channel>.")
            anew = public(ada)[-1]
        (draft,) = drafts(database)
        (kept,) = edits(database)
        assert (kept.text, kept.editor_id, kept.draft_id) == ("By hand <!channel>.", "U0ADA", draft.id)
        assert (draft.text, draft.outdated_since) == ("A first text.", None)
        assert draft.edited_at is not None
        assert anew.ts == message.ts
        assert "By hand" in shown(anew)
        assert "A first text." not in shown(anew)
        assert "final, edited by <@U0ADA>" in shown(anew)

    async def test_the_next_editor_begins_from_the_corrected_text(
        self, database: Database, tmp_path: Path
    ) -> None:
        async with draft_of_ada(database, tmp_path) as (bot, ada, message):
            await edit(bot, ada, message, "Once.")
            cleo = bot.slack.as_user("U0CLEO")
            form = await open_form(cleo, public(ada)[-1], DraftAct.EDIT)
            opened = next(block for block in form.blocks if block["type"] == "input")["element"]
            await cleo.submit_view(form, {"text1": "Twice."})
            await bot.services.revising.idle()
            anew = public(ada)[-1]
        assert opened["initial_value"] == "Once."
        assert [each.text for each in edits(database)] == ["Once.", "Twice."]
        assert "Twice." in shown(anew)

    async def test_of_two_who_edit_at_once_the_second_loses_nothing(
        self, database: Database, tmp_path: Path
    ) -> None:
        async with draft_of_ada(database, tmp_path) as (bot, ada, message):
            cleo = bot.slack.as_user("U0CLEO")
            form = await open_form(cleo, message, DraftAct.EDIT)
            await edit(bot, ada, message, "Ada was quicker.")
            with pytest.raises(Refused) as refused:
                await cleo.submit_view(form, {"text1": "Cleo was slower."})
            still_open = cleo.modal()
        assert refused.value.answer["errors"] == {"text1": texts.EDIT_OVERLAPPED}
        assert still_open is not None
        assert [each.text for each in edits(database)] == ["Ada was quicker."]

    @pytest.mark.parametrize(
        ("typed", "problem"), [("A first text.", texts.TEXT_UNCHANGED), ("  ", texts.TEXT_MISSING)]
    )
    async def test_nothing_to_keep_is_said_beside_the_field(
        self, typed: str, problem: str, database: Database, tmp_path: Path
    ) -> None:
        async with draft_of_ada(database, tmp_path) as (_, ada, message):
            form = await open_form(ada, message, DraftAct.EDIT)
            with pytest.raises(Refused) as refused:
                await ada.submit_view(form, {"text1": typed})
        assert refused.value.answer["errors"] == {"text1": problem}
        assert edits(database) == []

    async def test_a_text_that_no_field_can_hold_is_edited_in_parts_and_its_file_replaced(
        self, database: Database, tmp_path: Path
    ) -> None:
        text = "\n\n".join(f"Paragraph {number}. " + "word " * 60 for number in range(60)).strip()
        async with draft_of_ada(database, tmp_path, "article tea", script=(text,)) as (bot, ada, _):
            message = next(each for each in ada.messages("drafts") if each.text.startswith("Draft "))
            form = await open_form(ada, message, DraftAct.EDIT)
            parts = {
                block["block_id"]: block["element"]["initial_value"]
                for block in form.blocks
                if block["type"] == "input"
            }
            await ada.submit_view(form, {**parts, "text1": "A new beginning."})
            await bot.services.revising.idle()
            names = [
                bot.slack.slack.workspace.file(file).name
                for each in ada.messages("drafts")
                for file in each.files
            ]
        (kept,) = edits(database)
        assert len(parts) > 1
        assert kept.text == "A new beginning." + text.removeprefix(parts["text1"])
        (name,) = names
        assert "-edited-" in name

    async def test_a_kind_with_a_schema_stays_in_its_shape(self, database: Database, tmp_path: Path) -> None:
        script = ('{"verdict": "pass"}',)
        config = (
            EDITOR
            + '[content_types.check]\ntitle = "Check"\nexample_topic = "x"\nprompt = "p"\nformat = "json"\n'
            '[content_types.check.json_schema]\ntype = "object"\nrequired = ["verdict"]\n'
        )
        async with draft_of_ada(database, tmp_path, "check tea", script=script, config=config) as (
            bot, ada, message,
        ):  # fmt: skip
            form = await open_form(ada, message, DraftAct.EDIT)
            for wrong in ("{", '{"other": 1}'):
                with pytest.raises(Refused, match="must be JSON of a given shape"):
                    await ada.submit_view(form, {"text1": wrong})
            await ada.submit_view(form, {"text1": '{"verdict": "fail"}'})
            await bot.services.revising.idle()
        assert [each.text for each in edits(database)] == ['{"verdict": "fail"}']

    async def test_a_rating_after_the_edit_says_so(self, database: Database, tmp_path: Path) -> None:
        async with draft_of_ada(database, tmp_path) as (bot, ada, message):
            await edit(bot, ada, message, "By hand.")
            (draft,) = drafts(database)
            ben = bot.slack.as_user("U0BEN")
            await ben.click(public(ada)[-1], messages.THUMB_ACTION, f"{draft.id}.up")
        with database.reading() as session:
            assert session.exec(select(Rating)).one().after_edit


class TestCopying:
    async def test_the_plain_text_is_shown_to_one_person_with_its_length(
        self, database: Database, tmp_path: Path
    ) -> None:
        async with draft_of_ada(database, tmp_path, script=("**Tea** is:\n- warm",)) as (_, ada, message):
            await choose(ada, message, DraftAct.COPY)
            copy = await ada.wait_for_message("drafts", lambda each: "as plain text" in each.text)
        assert copy.ephemeral_to == "U0ADA"
        assert "14 of 3,000 characters" in copy.text
        (block,) = (block for block in copy.blocks or () if block["type"] == "rich_text")
        assert block["elements"][0]["type"] == "rich_text_preformatted"
        assert block["elements"][0]["elements"][0]["text"] == "Tea is:\n• warm"
        assert drafts(database)[0].copied_at is not None

    async def test_a_text_that_no_message_can_hold_comes_as_a_file_to_that_person(
        self, database: Database, tmp_path: Path
    ) -> None:
        text = "# Tea\n\n" + "word " * 3000
        async with draft_of_ada(database, tmp_path, "article tea", script=(text,)) as (bot, ada, _):
            message = next(each for each in ada.messages("drafts") if each.text.startswith("Draft "))
            await choose(ada, message, DraftAct.COPY)
            await ada.wait_for_message("drafts", lambda each: "as a file" in each.text)
            sent = await ada.wait_for_message("im", lambda each: bool(each.files))
            name = bot.slack.slack.workspace.file(sent.files[0]).name
        assert name.endswith(".txt")


class TestDiscarding:
    async def test_after_a_question_the_message_says_so_and_the_text_is_kept(
        self, database: Database, tmp_path: Path
    ) -> None:
        async with draft_of_ada(database, tmp_path) as (bot, ada, message):
            await discard(bot, ada, message)
            anew = public(ada)[-1]
        (draft,) = drafts(database)
        assert draft.discarded_at is not None
        assert (draft.discarded_by, draft.text) == ("U0ADA", "A first text.")
        assert anew.ts == message.ts
        assert f"{draft.label} was discarded by <@U0ADA>." in shown(anew)
        assert "A first text." not in shown(anew)
        assert not any(block["type"].endswith("actions") for block in anew.blocks or ())

    async def test_nothing_more_can_be_done_with_it(self, database: Database, tmp_path: Path) -> None:
        async with draft_of_ada(database, tmp_path) as (bot, ada, message):
            form = await open_form(ada, message, DraftAct.EDIT)
            cleo = bot.slack.as_user("U0CLEO")
            await discard(bot, cleo, message)
            with pytest.raises(Refused, match="was discarded"):
                await ada.submit_view(form, {"text1": "Too late."})
        assert edits(database) == []


class TestHalvesOfPairs:
    async def test_each_half_has_a_menu_and_is_edited_on_its_own(
        self, database: Database, tmp_path: Path
    ) -> None:
        async with draft_of_ada(database, tmp_path, "pair linkedin tea") as (bot, ada, message):
            first, second = drafts(database)
            await edit(bot, ada, message, "By hand.", first.id)
            anew = public(ada)[-1]
        assert [each.draft_id for each in edits(database)] == [first.id]
        assert "By hand." in shown(anew)
        assert second.text in shown(anew)
        assert shown(anew).count("final, edited by <@U0ADA>") == 1

    async def test_where_one_half_is_discarded_there_is_nothing_left_to_vote_on(
        self, database: Database, tmp_path: Path
    ) -> None:
        async with draft_of_ada(database, tmp_path, "pair linkedin tea") as (bot, ada, message):
            first, second = drafts(database)
            await discard(bot, ada, message, first.id)
            anew = public(ada)[-1]
            await choose(ada, anew, DraftAct.COPY, second.id)
            await ada.wait_for_message("drafts", lambda each: "as plain text" in each.text)
        assert first.text not in shown(anew)
        assert second.text in shown(anew)
        assert "was discarded by <@U0ADA>" in shown(anew)
        assert "vote_" not in shown(anew)

    async def test_a_vote_by_reaction_on_what_is_left_of_a_pair_does_not_count(
        self, database: Database, tmp_path: Path
    ) -> None:
        async with draft_of_ada(database, tmp_path, "pair linkedin tea") as (bot, ada, message):
            await discard(bot, ada, message, drafts(database)[0].id)
            await bot.slack.as_user("U0BEN").react(public(ada)[-1], "a")
            await bot.slack.delivered()
        with database.reading() as session:
            assert session.exec(select(PairVoteEvent)).all() == []


class TestWhoMay:
    @pytest.mark.parametrize("act", list(DraftAct))
    async def test_everybody_else_gets_a_sentence(
        self, act: DraftAct, database: Database, tmp_path: Path
    ) -> None:
        async with draft_of_ada(database, tmp_path) as (bot, _, message):
            ben = bot.slack.as_user("U0BEN")
            await choose(ben, message, act)
            told = await ben.wait_for_message("drafts", lambda each: each.text == texts.NOT_YOURS)
            modal = ben.modal()
        assert told.ephemeral_to == "U0BEN"
        assert modal is None
        assert drafts(database)[0].copied_at is None

    async def test_an_editor_may(self, database: Database, tmp_path: Path) -> None:
        async with draft_of_ada(database, tmp_path) as (bot, _, message):
            await discard(bot, bot.slack.as_user("U0CLEO"), message)
        assert drafts(database)[0].discarded_by == "U0CLEO"


class TestAfterACrash:
    async def test_a_message_that_lags_behind_is_brought_up_to_date(
        self, database: Database, tmp_path: Path
    ) -> None:
        async with draft_of_ada(database, tmp_path) as (bot, ada, message):
            form = await open_form(ada, message, DraftAct.EDIT)
            services = bot.services
            await services.revising.edit(
                "delivery-1",
                messages.FormDraft.from_metadata(form.private_metadata or ""),
                "U0ADA",
                "By hand.",
            )
            assert drafts(database)[0].outdated_since is not None
            await services.revising.resume()
            await services.revising.idle()
            anew = public(ada)[-1]
        assert "By hand." in shown(anew)
        assert drafts(database)[0].outdated_since is None

    async def test_what_slack_refused_to_show_is_shown_at_a_later_look(
        self, database: Database, tmp_path: Path
    ) -> None:
        async with draft_of_ada(database, tmp_path) as (bot, ada, message):
            form = await open_form(ada, message, DraftAct.DISCARD)
            await bot.slack.inject(FailMethod(kind="fail_method", method="chat.update", status=500))
            await ada.submit_view(form, {})
            await bot.services.revising.idle()
            before = shown(public(ada)[-1])
            bot.slack.end_faults()
            await look_around(bot.services)
            await bot.services.revising.idle()
            after = shown(public(ada)[-1])
        assert "A first text." in before
        assert "was discarded by <@U0ADA>" in after

    async def test_both_halves_changed_in_one_moment_are_both_shown(
        self, database: Database, tmp_path: Path
    ) -> None:
        async with draft_of_ada(database, tmp_path, "pair linkedin tea") as (bot, ada, _):
            for draft in drafts(database):
                meant = messages.FormDraft(draft.id, "1.2")
                await bot.services.revising.edit(f"e.{draft.id}", meant, "U0ADA", f"By hand {draft.id}.")
                bot.services.revising.show(draft.request_id)
            await bot.services.revising.idle()
            anew = public(ada)[-1]
        assert all(f"By hand {draft.id}." in shown(anew) for draft in drafts(database))
        assert {draft.outdated_since for draft in drafts(database)} == {None}

    async def test_the_same_delivery_twice_leaves_one_edit(self, database: Database, tmp_path: Path) -> None:
        async with draft_of_ada(database, tmp_path) as (bot, ada, message):
            form = await open_form(ada, message, DraftAct.EDIT)
            meant = messages.FormDraft.from_metadata(form.private_metadata or "")
            for _ in range(2):
                await bot.services.revising.edit("delivery-1", meant, "U0ADA", "By hand.")
        assert len(edits(database)) == 1


def public(person: Person) -> list[Message]:
    """What everybody sees: notices to one person stand between."""
    return [message for message in person.messages("drafts") if message.ephemeral_to is None]


def drafts(database: Database) -> list[Draft]:
    with database.reading() as session:
        return list(session.exec(select(Draft).order_by(col(Draft.created_at), col(Draft.position))))


def edits(database: Database) -> list[DraftEdit]:
    with database.reading() as session:
        return list(session.exec(select(DraftEdit).order_by(col(DraftEdit.created_at))))


def request_of(database: Database, draft: Draft) -> DraftRequest:
    with database.reading() as session:
        return session.get_one(DraftRequest, draft.request_id)


def shown(message: Message) -> str:
    return json.dumps(message.blocks, ensure_ascii=False)
