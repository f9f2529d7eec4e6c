"""The App Home's page of settings: what holds, who set it, and for editors how to change it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot import texts
from bot.configuration import ReportSettings, Reveal
from bot.messages.blocks import Block, button, context, escape, header, option, plain, section
from bot.messages.home import home
from bot.messages.lists import MODELS_BLOCK
from evaluation.tables import HouseStyle
from generation.content_types import ContentType
from generation.routing import RouteRule

CHANGE_ACTION = "settings_change"
BACK_ACTION = "settings_back"
KIND_ACTION = "settings_kind"
REVEAL_SUBJECT, REPORT_SUBJECT, STYLE_SUBJECT, NEW_KIND_SUBJECT = "reveal", "report", "style", "new_kind"
CHANGE_KIND, CHANGE_ROUTE, BACK_KIND, BACK_ROUTE = "kind", "route", "back_kind", "back_route"
MOST_KINDS: Final = 30
STYLE_CHARACTERS: Final = 300


@dataclass(frozen=True)
class SettingAuthor:
    """Who set something in Slack, and when."""

    user_id: str
    at: datetime


@dataclass(frozen=True)
class HomeKind:
    """A kind of text with its route, None where names stay hidden. `is_declared`: in copydesk.toml."""

    kind: ContentType
    rule: RouteRule | None
    author: SettingAuthor | None
    route_author: SettingAuthor | None
    is_declared: bool


@dataclass(frozen=True)
class Settled:
    """What holds now. `left_out` are changes in Slack that cannot hold any more, and why, by key."""

    reader_id: str
    editors: Sequence[str]
    reveal: Reveal
    reveal_author: SettingAuthor | None
    report: ReportSettings
    report_author: SettingAuthor | None
    style: HouseStyle | None
    kinds: Sequence[HomeKind]
    left_out: Mapping[str, str]

    @property
    def may_change(self) -> bool:
        return self.reader_id in self.editors


def settings_page(settled: Settled) -> dict[str, Any]:
    """For everybody to read, for editors to change."""
    style = settled.style
    blocks = [
        context(texts.settings_intro(settled.editors, settled.reader_id)),
        *_setting(
            settled,
            REVEAL_SUBJECT,
            texts.SETTINGS_REVEAL,
            texts.reveal_setting(settled.reveal),
            settled.reveal_author,
        ),
        *_setting(
            settled,
            REPORT_SUBJECT,
            texts.SETTINGS_REPORT,
            escape(texts.report_setting(settled.report)),
            settled.report_author,
        ),
        *_setting(
            settled,
            STYLE_SUBJECT,
            texts.SETTINGS_STYLE,
            escape(_short(style.text)) if style is not None else texts.SETTINGS_NO_STYLE,
            SettingAuthor(style.author_id, style.created_at) if style is not None else None,
        ),
        {"type": "divider"},
        {**header(texts.SETTINGS_KINDS), "block_id": MODELS_BLOCK},
        *(
            block
            for kind in settled.kinds[:MOST_KINDS]
            for block in _kind(kind, may_change=settled.may_change)
        ),
        *_new_kind(settled),
        *_left_out(settled),
    ]
    return home("settings", blocks)


def _setting(
    settled: Settled, subject: str, title: str, value: str, author: SettingAuthor | None
) -> list[Block]:
    block = {**section(f"*{title}*\n{value}"), "block_id": f"setting.{subject}"}
    if settled.may_change:
        block["accessory"] = button(CHANGE_ACTION, texts.SETTINGS_CHANGE, subject)
    if author is None:
        return [block]
    if not settled.may_change or subject == STYLE_SUBJECT:
        return [block, context(texts.set_by(author.user_id, author.at))]
    by = {**section(texts.set_by(author.user_id, author.at)), "block_id": f"undo.{subject}"}
    return [block, {**by, "accessory": _back_button(subject)}]


def _back_button(subject: str) -> Block:
    confirm = {
        "title": plain(texts.SETTINGS_BACK_TITLE),
        "text": plain(texts.SETTINGS_BACK_TEXT),
        "confirm": plain(texts.SETTINGS_BACK_YES),
        "deny": plain(texts.SETTINGS_BACK_NO),
    }
    return {**button(BACK_ACTION, texts.SETTINGS_BACK, subject), "confirm": confirm}


def _kind(line: HomeKind, *, may_change: bool) -> list[Block]:
    kind = line.kind
    words = [f"*{escape(kind.title)}*", escape(texts.kind_setting(kind))]
    if line.rule is not None:
        words.append(escape(texts.kind_written_by(line.rule.models, line.rule.reason)))
    block = {**section("\n".join(words)), "block_id": f"kind.{kind.name}"}
    if may_change:
        options = [option(label, f"{what}:{kind.name}") for what, label in _choices(line).items()]
        block["accessory"] = {"type": "overflow", "action_id": KIND_ACTION, "options": options}
    authors = [
        *([texts.kind_set_by(line.author.user_id, line.author.at)] if line.author else []),
        *([texts.route_set_by(line.route_author.user_id, line.route_author.at)] if line.route_author else []),
    ]
    return [block, *([context(" · ".join(authors))] if authors else [])]


def _choices(line: HomeKind) -> dict[str, str]:
    undo = texts.SETTINGS_BACK_KIND if line.is_declared else texts.SETTINGS_REMOVE_KIND
    return {
        CHANGE_KIND: texts.SETTINGS_CHANGE_KIND,
        **({CHANGE_ROUTE: texts.SETTINGS_CHANGE_ROUTE} if line.rule is not None else {}),
        **({BACK_KIND: undo} if line.author else {}),
        **({BACK_ROUTE: texts.SETTINGS_BACK_ROUTE} if line.route_author and line.rule is not None else {}),
    }


def _new_kind(settled: Settled) -> list[Block]:
    if not settled.may_change:
        return []
    new = button(CHANGE_ACTION, texts.SETTINGS_NEW_KIND, NEW_KIND_SUBJECT)
    return [{"type": "actions", "block_id": f"setting.{NEW_KIND_SUBJECT}", "elements": [new]}]


def _left_out(settled: Settled) -> list[Block]:
    if not settled.left_out:
        return []
    lines = [f"• {escape(texts.left_out_setting(key, why))}" for key, why in settled.left_out.items()]
    return [section("\n".join([f"*{texts.SETTINGS_LEFT_OUT}*", *lines[:MOST_KINDS]])[:3000])]


def _short(style: str) -> str:
    return style if len(style) <= STYLE_CHARACTERS else style[: STYLE_CHARACTERS - 1].rstrip() + "…"
