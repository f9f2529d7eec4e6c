"""The App Home: what waits, one's own drafts and habits, the ranking and routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlmodel import select

from bot import messages, texts
from bot.playground.entities import View
from bot.playground.testing import Person
from evaluation import store
from evaluation.database import Database
from evaluation.report import build_report
from evaluation.tables import Draft, DraftRequest
from tests.bot_on_playground import LocalSlackAndServices, bot_on_playground
from tests.busy_weeks import add_busy_weeks
from tests.playground_app import ManualClock
from tests.reports import AFTER_WEEK, WEEK

NEVER = '[workspace]\nreveal = "never"\n'


@asynccontextmanager
async def busy_bot(
    database: Database, data_dir: Path, config: str = ""
) -> AsyncIterator[tuple[LocalSlackAndServices, Person]]:
    """A bot after six busy weeks with a report of the last one, and Ada, who rated a lot."""
    with database.transaction() as session:
        add_busy_weeks(session)
        for request in session.exec(select(DraftRequest)):
            store.mark_failed(session, request.id, "of an earlier machine")
    with database.transaction() as session:
        run = store.claim_report(session, WEEK.label, WEEK.label, True, "C0GENERAL", AFTER_WEEK)
        assert run is not None
        figures = build_report(session, WEEK, AFTER_WEEK, closed=True).model_dump(mode="json")
        store.save_figures(session, run.id, figures, (), AFTER_WEEK)
    async with bot_on_playground(database, data_dir, config=config, clock=ManualClock(AFTER_WEEK)) as bot:
        yield bot, bot.slack.as_user("U0ADA")


async def home_with(person: Person, expected: str) -> View:
    return await person.wait_for(
        lambda: view if (view := person.home()) and expected in str(view.blocks) else None
    )


async def turn(person: Person, page: str, expected: str) -> View:
    await person.open_home()
    home = await home_with(person, texts.HOME_TODAY)
    await person.click(home, f"{messages.HOME_PAGE_ACTION}.{page}")
    return await home_with(person, expected)


async def test_the_first_page_has_one_s_own_drafts_with_links_and_no_model(
    database: Database, tmp_path: Path
) -> None:
    async with bot_on_playground(database, tmp_path) as bot:
        ada = bot.slack.as_user("U0ADA")
        await ada.slash("/draft", "linkedin tea & <!channel>", channel="drafts")
        await bot.services.drafting.idle()
        await ada.open_home()
        home = await home_with(ada, "tea &amp; &lt;!channel&gt;")
        with database.reading() as session:
            [draft] = session.exec(select(Draft)).all()
    assert draft.label in str(home.blocks)
    assert draft.model_name not in str(home.blocks)
    assert draft.message_ts is not None
    assert f"p{draft.message_ts.replace('.', '')}" in str(home.blocks)


async def test_habits_are_said_in_words_and_nobody_is_named(database: Database, tmp_path: Path) -> None:
    async with busy_bot(database, tmp_path) as (_bot, ada):
        await ada.open_home()
        home = await home_with(ada, "You are more generous than the others")
    assert "In the team, people stand between" in str(home.blocks)
    assert "U0BEN" not in str(home.blocks)


async def test_a_new_rating_shows_in_the_habits(database: Database, tmp_path: Path) -> None:
    async with bot_on_playground(database, tmp_path) as bot:
        ben = bot.slack.as_user("U0BEN")
        await ben.open_home()
        await home_with(ben, "You have not scored a draft yet")
        await bot.slack.as_user("U0ADA").slash("/draft", "linkedin tea", channel="drafts")
        await bot.services.drafting.idle()
        draft = await ben.wait_for_message("drafts")
        await ben.react(draft, "keycap_ten")
        await bot.slack.delivered()
        await ben.open_home()
        await home_with(ben, "You have scored 1 draft")


async def test_the_ranking_stands_apart_from_drafts_with_its_intervals(
    database: Database, tmp_path: Path
) -> None:
    async with busy_bot(database, tmp_path) as (_bot, ada):
        home = await turn(ada, "models", texts.HOME_RANKING)
    assert "starter-rich" in str(home.blocks)
    assert "━●━" in str(home.blocks)
    assert "audit." not in str(home.blocks)
    assert texts.HOME_ROUTES in str(home.blocks)


async def test_what_goes_wrong_on_the_home_is_said_by_direct_message(
    database: Database, tmp_path: Path
) -> None:
    async with bot_on_playground(database, tmp_path) as bot:
        ada = bot.slack.as_user("U0ADA")
        await ada.open_home()
        home = await home_with(ada, texts.HOME_TODAY)
        with database.transaction() as session:
            session.connection().exec_driver_sql("ALTER TABLE report_run RENAME TO report_run_away")
        await ada.click(home, f"{messages.HOME_PAGE_ACTION}.models")
        said = await ada.wait_for_message("im")
        with database.transaction() as session:
            session.connection().exec_driver_sql("ALTER TABLE report_run_away RENAME TO report_run")
    assert texts.TROUBLE.partition("{")[0] in said.text


async def test_where_names_stay_hidden_the_ranking_has_letters_and_no_routes(
    database: Database, tmp_path: Path
) -> None:
    async with busy_bot(database, tmp_path, NEVER) as (_bot, ada):
        home = await turn(ada, "models", "Model A")
    assert "starter-rich" not in str(home.blocks)
    assert texts.MODELS_HIDDEN in str(home.blocks)


async def test_before_the_first_report_the_page_says_when_it_comes(
    database: Database, tmp_path: Path
) -> None:
    async with bot_on_playground(database, tmp_path) as bot:
        await turn(bot.slack.as_user("U0ADA"), "models", "There is no ranking yet")
