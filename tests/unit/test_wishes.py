"""What people type, say and submit becomes a wish, or a sentence that says what to do."""

from typing import Any

import pytest

from bot import texts
from bot.errors import BadField, BadInput
from bot.wishes import (
    Ask,
    DraftWish,
    MineWish,
    ReportWish,
    facts_of_message,
    parse_command,
    parse_draft_form,
    parse_mention,
    parse_style_form,
    topic_of_message,
)
from generation.content_types import ContentType

LINKEDIN = ContentType(
    name="linkedin_post",
    title="LinkedIn post",
    aliases=("linkedin",),
    prompt="…",
    example_topic="remote work",
)
EMAIL = ContentType(name="client_email", title="Client email", prompt="…", example_topic="a late delivery")
KINDS = (LINKEDIN, EMAIL)


@pytest.mark.parametrize(
    "typed", ["linkedin remote work", "LinkedIn   remote\n work ", "linkedin_post remote work"]
)
def test_a_kind_by_name_or_alias_and_a_topic_make_a_wish(typed: str) -> None:
    assert parse_command(typed, KINDS) == DraftWish(LINKEDIN, "remote work")


@pytest.mark.parametrize("typed", ["", "   "])
def test_asking_for_nothing_asks_for_the_form(typed: str) -> None:
    assert parse_command(typed, KINDS) is Ask.FORM


@pytest.mark.parametrize("word", ["help", "types", "queue", "models", "cost", "stop", "style"])
def test_one_word_asks_for_an_answer(word: str) -> None:
    assert parse_command(word.upper(), KINDS) is Ask(word)


def test_a_report_is_of_all_kinds_or_of_one() -> None:
    assert parse_command("report", KINDS) == ReportWish()
    assert parse_command("report LinkedIn", KINDS) == ReportWish(LINKEDIN)
    with pytest.raises(BadInput, match="I don't know the kind"):
        parse_command("report zzz", KINDS)


def test_one_s_own_drafts_are_searched_by_words() -> None:
    assert parse_command("mine", KINDS) == MineWish()
    assert parse_command("mine Remote  work", KINDS) == MineWish(("Remote", "work"))


def test_a_pair_is_two_versions_of_one_wish() -> None:
    assert parse_command("pair linkedin tea", KINDS) == DraftWish(LINKEDIN, "tea", wants_pair=True)
    with pytest.raises(BadInput, match="Two versions of what"):
        parse_command("pair", KINDS)


def test_an_unknown_kind_is_answered_with_the_nearest_one_and_an_example() -> None:
    with pytest.raises(BadInput, match=r"linkdin.*Did you mean `linkedin`.*`/draft linkedin remote work`"):
        parse_command("linkdin remote work", KINDS)


def test_a_kind_like_no_other_is_answered_with_all_of_them() -> None:
    with pytest.raises(BadInput, match="`linkedin`, `client_email`"):
        parse_command("zzzzzz remote work", KINDS)


def test_a_pair_without_a_topic_is_asked_for_as_a_pair() -> None:
    with pytest.raises(BadInput, match=r"Two versions of what.*/draft pair client_email a late delivery"):
        parse_command("pair client_email", KINDS)


def test_a_topic_that_is_too_long_is_not_lost() -> None:
    topic = "my words " * 60 + "to the end"
    with pytest.raises(BadInput) as refusal:
        parse_command(f"linkedin {topic}", KINDS)
    assert str(refusal.value).endswith(topic)


def test_letters_that_grow_in_lower_case_move_nothing() -> None:
    said = "<@U0BOT> Großer Spaß: write a LinkedIn Post about tea"
    assert parse_mention(said, KINDS) == DraftWish(LINKEDIN, "tea")


def test_a_missing_topic_is_asked_for() -> None:
    with pytest.raises(BadInput, match=r"LinkedIn post about what.*For example"):
        parse_command("linkedin  ", KINDS)


def test_the_longest_topic_passes_and_one_more_character_does_not() -> None:
    longest = "x" * texts.MAX_TOPIC_CHARACTERS
    assert parse_command(f"linkedin {longest}", KINDS) == DraftWish(LINKEDIN, longest)
    with pytest.raises(BadInput, match="501 characters; I can take up to 500"):
        parse_command(f"linkedin {longest}x", KINDS)


@pytest.mark.parametrize(
    ("said", "wish"),
    [
        ("<@U0BOT> write a linkedin post about remote work", DraftWish(LINKEDIN, "remote work")),
        ("<@U0BOT> LinkedIn: R&amp;D in winter", DraftWish(LINKEDIN, "R&D in winter")),
        ("hey <@U0BOT|copydesk> a client email on the late delivery", DraftWish(EMAIL, "the late delivery")),
        ("<@U0BOT> two versions of a linkedin post about tea", DraftWish(LINKEDIN, "tea", wants_pair=True)),
        ("<@U0BOT> a linkedin post about tea for two", DraftWish(LINKEDIN, "tea for two")),
        ("<@U0BOT> linkedin about <https://a.example/x|our page>", DraftWish(LINKEDIN, "our page")),
    ],
)
def test_words_to_the_bot_name_a_kind_and_a_topic(said: str, wish: DraftWish) -> None:
    assert parse_mention(said, KINDS) == wish


@pytest.mark.parametrize("said", ["<@U0BOT>", "<@U0BOT> help!", " <@U0BOT> ? "])
def test_a_mere_mention_asks_for_help(said: str) -> None:
    assert parse_mention(said, KINDS) is Ask.HELP


def test_words_without_a_kind_or_a_topic_are_answered_with_an_example() -> None:
    with pytest.raises(BadInput, match=r"which kind.*`linkedin`, `client_email`.*@Copydesk write a LinkedIn"):
        parse_mention("<@U0BOT> write something nice", KINDS)
    with pytest.raises(BadInput, match="LinkedIn post about what"):
        parse_mention("<@U0BOT> write a linkedin post", KINDS)


def test_a_form_with_everything() -> None:
    view = _view(topic=" remote\nwork ", tone="Bold", facts="Two weeks\n&lt;b&gt;", pair=["pair"])
    wish = parse_draft_form(view, {kind.name: kind for kind in KINDS})
    brief = {"tone": "Bold", "facts": "Two weeks\n<b>"}
    assert wish == DraftWish(LINKEDIN, "remote work", wants_pair=True, brief=brief)


@pytest.mark.parametrize(
    ("field", "view"),
    [
        ("topic", {"topic": "  "}),
        ("topic", {"topic": "x" * 501}),
        ("facts", {"facts": "x" * 2001}),
        ("kind", {"kind": "haiku"}),
    ],
)
def test_what_is_wrong_stands_beside_its_field(field: str, view: dict[str, Any]) -> None:
    with pytest.raises(BadField) as refusal:
        parse_draft_form(_view(**view), {kind.name: kind for kind in KINDS})
    assert refusal.value.field == field


def test_a_house_style_has_lines_and_a_limit() -> None:
    view = {"state": {"values": {"style": {"style": {"value": " No slang. \n We say “people”. "}}}}}
    assert parse_style_form(view) == "No slang.\nWe say “people”."
    view["state"]["values"]["style"]["style"]["value"] = "x" * 2001
    with pytest.raises(BadField, match="up to 2000"):
        parse_style_form(view)


def test_a_message_gives_its_facts_and_a_first_guess_at_a_topic() -> None:
    facts = facts_of_message("<@U1> We moved to <https://a.example|the north> &amp; it's cold.\nSend tea.")
    assert facts == "We moved to the north & it's cold.\nSend tea."
    assert topic_of_message(facts) == "We moved to the north & it's cold. Send tea."
    assert topic_of_message("word " * 60).endswith("word…")


def _view(kind: str = "linkedin_post", pair: list[str] | None = None, **typed: str) -> dict[str, Any]:
    values: dict[str, Any] = {
        name: {name: {"value": words}} for name, words in ({"topic": "tea"} | typed).items()
    }
    values["kind"] = {"kind": {"selected_option": {"value": kind}}}
    values["pair"] = {"pair": {"selected_options": [{"value": each} for each in pair or ()]}}
    return {"state": {"values": values}}
