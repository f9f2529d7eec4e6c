"""The App Home: what a person reads first, in pages that no client can mix.

No page shows a draft and a model's name together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot import texts
from bot.configuration import ReportSettings
from bot.messages.blocks import Block, button, context, escape, header, section
from bot.messages.lists import MODELS_BLOCK
from bot.messages.report import report_block_id
from evaluation.analysis.document import ModelFigures
from evaluation.habits import Habits
from evaluation.report_document import Report
from evaluation.report_table import SCALE, STANDINGS, format_interval, format_quality, ranks_in_words
from generation.content_types import ContentType

HOME_PAGE_ACTION = "home_page"
"""Followed by the page: `home_page.models`."""
MOST_RANKED: Final = 15
MOST_UNKNOWNS: Final = 4
BAR_CHARACTERS: Final = 28
TOPIC_CHARACTERS: Final = 90


@dataclass(frozen=True)
class HomeDraft:
    """One of a person's own drafts, with the address of its message where Slack gave one."""

    label: str
    topic: str
    title: str
    at: datetime
    link: str | None


@dataclass(frozen=True)
class UnderWay:
    """A draft that is being written; `status` in Slack's markup."""

    title: str
    topic: str
    status: str


@dataclass(frozen=True)
class HomeRoute:
    """Kinds with the same route: the models that write them, for which others they stand in, and why."""

    kinds: tuple[str, ...]
    names: tuple[str, ...]
    meant: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Today:
    """What is on the first page. `waiting` are the blocks of the drafts that wait for a rating."""

    waiting: Sequence[Block]
    drafts: Sequence[HomeDraft]
    has_more_drafts: bool
    under_way: Sequence[UnderWay]
    others_under_way: int
    asked: int
    rated: int
    habits: Habits
    kinds: Sequence[ContentType]


def today_page(today: Today) -> dict[str, Any]:
    """What waits for this person, what is theirs, and how they rate."""
    return home(
        "today",
        [
            *today.waiting,
            *_under_way(today),
            *_drafts(today),
            {"type": "divider"},
            header(texts.HOME_HABITS),
            section("\n".join(texts.habits_in_words(today.habits))),
            context(f"{texts.home_numbers(today.asked, today.rated)} {texts.HOME_HABITS_PRIVATE}"),
            {"type": "divider"},
            section(texts.HOME_HOW_TO_RATE),
            context(texts.HOME_INTRO),
        ],
    )


def models_page(
    ranking: tuple[str, Report] | None, routes: Sequence[HomeRoute] | None, report: ReportSettings
) -> dict[str, Any]:
    """The last closed week's ranking, and who writes what; `routes` None where names stay hidden."""
    ranked = [section(texts.ranking_missing(report))] if ranking is None else _ranking(*ranking)
    written = [section(texts.MODELS_HIDDEN)] if routes is None else [_route(route) for route in routes]
    heading = {**header(texts.HOME_ROUTES), "block_id": MODELS_BLOCK}
    return home("models", [header(texts.HOME_RANKING), *ranked, {"type": "divider"}, heading, *written])


def home(page: str, blocks: Sequence[Block]) -> dict[str, Any]:
    """A page with the way to the others on top."""
    pages = {"today": texts.HOME_TODAY, "models": texts.HOME_MODELS, "settings": texts.HOME_SETTINGS}
    buttons = [button(f"{HOME_PAGE_ACTION}.{name}", words, name) for name, words in pages.items()]
    for each in buttons:
        if each["value"] == page:
            each["style"] = "primary"
    return {"type": "home", "blocks": [{"type": "actions", "elements": buttons}, *blocks]}


def interval_bar(low: float, quality: float, high: float) -> str:
    """An interval on the scale from 1 to 10, drawn in characters of one width."""
    start, at, end = (_place(each) for each in (low, quality, high))
    cells = ["━" if start <= place <= end else "┈" for place in range(BAR_CHARACTERS)]
    cells[at] = "●"
    return f"{SCALE[0]} {''.join(cells)} {SCALE[1]}"


def _place(quality: float) -> int:
    share = (quality - SCALE[0]) / (SCALE[1] - SCALE[0])
    return round(min(max(share, 0), 1) * (BAR_CHARACTERS - 1))


def _under_way(today: Today) -> list[Block]:
    mine = [
        section(f"*{escape(each.title)}* · {escape(_short(each.topic))}\n{each.status}")
        for each in today.under_way
    ]
    others = [context(texts.others_under_way(today.others_under_way))]
    return [header(texts.HOME_UNDER_WAY), *mine, *(others if today.others_under_way or not mine else [])]


def _drafts(today: Today) -> list[Block]:
    if not today.drafts:
        examples = "\n".join(texts.home_kind(kind) for kind in today.kinds[:3])
        return [header(texts.HOME_DRAFTS), section(f"{texts.HOME_NO_DRAFTS}\n{examples}")]
    more = [context(texts.HOME_MORE_DRAFTS)] if today.has_more_drafts else []
    return [header(texts.HOME_DRAFTS), *(_draft(draft) for draft in today.drafts), *more]


def _draft(draft: HomeDraft) -> Block:
    topic = escape(_short(draft.topic))
    linked = f"*<{draft.link}|{topic}>*" if draft.link else f"*{topic}*"
    return section(f"{linked}\n{escape(draft.label)} · {texts.home_draft(escape(draft.title), draft.at)}")


def _ranking(report_id: str, report: Report) -> list[Block]:
    finding = report.headline.removeprefix(f"{report.period}: ")
    too_few = [line.model for line in report.analysis.overall if line.rank_set is None]
    unknowns = [f"• {escape(line)}" for line in report.unknowns[:MOST_UNKNOWNS]]
    return [
        {**section(escape(finding[:1].upper() + finding[1:])), "block_id": report_block_id(report_id)},
        *(_ranked(line) for line in report.ranked[:MOST_RANKED]),
        *([context(escape(texts.too_few_ratings(too_few)))] if too_few else []),
        *([context(texts.HOME_RANKING_LEGEND)] if report.ranked else []),
        *([section("\n".join([f"*{texts.REPORT_UNKNOWNS}*", *unknowns]))] if unknowns else []),
        context(escape(texts.ranking_of(report.period))),
    ]


def _ranked(line: ModelFigures) -> Block:
    rank = ranks_in_words(line.rank_set) if line.rank_set else ""
    interval = line.anytime_ci
    drawn = f"\n`{interval_bar(interval[0], line.quality, interval[1])}`" if interval and line.quality else ""
    name = f"*{escape(line.model)}*  {rank}{drawn}"
    figures = texts.ranked_figures(
        format_quality(line),
        format_interval(interval),
        STANDINGS[line.status],
        line.n_ratings,
        line.n_raters,
        line.evidence,
    )
    return {
        "type": "section",
        "fields": [{"type": "mrkdwn", "text": name}, {"type": "mrkdwn", "text": figures}],
    }


def _route(route: HomeRoute) -> Block:
    line = texts.route_line(route.names, route.meant, route.reason)
    return section(f"*{escape(', '.join(route.kinds))}*\n{escape(line)}")


def _short(topic: str) -> str:
    return topic if len(topic) <= TOPIC_CHARACTERS else topic[: TOPIC_CHARACTERS - 1].rstrip() + "…"
