"""The forms in which editors change settings. A field's block id is the name of its setting."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot import texts
from bot.configuration import ReportSettings, Reveal
from bot.messages.blocks import INPUT_LIMIT, Block, field, option, plain
from generation.content_types import ContentType
from generation.routing import RouteRule

REVEAL_FORM = "settings_reveal_form"
REPORT_FORM = "settings_report_form"
KIND_FORM = "settings_kind_form"
ROUTE_FORM = "settings_route_form"
MOST_OPTIONS: Final = 100
OPTION_CHARACTERS: Final = 75
NEW_MIN_WORDS, NEW_MAX_WORDS = 80, 200


def reveal_form(reveal: Reveal) -> dict[str, Any]:
    policies = [
        {**option(words, policy), "description": plain(texts.REVEAL_EXPLAINED[policy])}
        for policy, words in texts.REVEAL_POLICIES.items()
    ]
    chosen = next(choice for choice in policies if choice["value"] == reveal)
    radio = {"type": "radio_buttons", "action_id": "reveal", "options": policies, "initial_option": chosen}
    return _modal(
        REVEAL_FORM, texts.REVEAL_TITLE, [field("reveal", texts.REVEAL_LABEL, radio, hint=texts.REVEAL_HINT)]
    )


def report_form(report: ReportSettings) -> dict[str, Any]:
    days = [option(words, day) for day, words in texts.WEEKDAYS.items()]
    hours = [option(texts.setting_hour(hour), str(hour)) for hour in range(24)]
    return _modal(
        REPORT_FORM,
        texts.REPORT_FORM_TITLE,
        [
            field("weekday", texts.WEEKDAY_LABEL, _select("weekday", days, report.weekday)),
            field("hour", texts.HOUR_LABEL, _select("hour", hours, str(report.hour))),
            field(
                "time_zone",
                texts.TIME_ZONE_LABEL,
                _text("time_zone", report.time_zone, limit=60),
                hint=texts.TIME_ZONE_HINT,
            ),
            field(
                "threshold",
                texts.THRESHOLD_LABEL,
                _text("threshold", f"{report.threshold:g}", limit=10),
                hint=texts.THRESHOLD_HINT,
            ),
        ],
    )


def kind_form(kind: ContentType | None) -> dict[str, Any]:
    """Of a new kind without `kind`; then its name is asked for, too."""
    name = field("name", texts.KIND_NAME_LABEL, _text("name", "", limit=40), hint=texts.KIND_NAME_HINT)
    shown: dict[str, Any] = (
        kind.model_dump() if kind is not None else {"min_words": NEW_MIN_WORDS, "max_words": NEW_MAX_WORDS}
    )
    limit = shown.get("platform_limit_characters")
    blocks = [
        *([] if kind is not None else [name]),
        field("title", texts.KIND_TITLE_LABEL, _text("title", shown.get("title", ""), limit=60)),
        field(
            "aliases",
            texts.KIND_ALIASES_LABEL,
            _text("aliases", " ".join(shown.get("aliases", ())), limit=200),
            optional=True,
            hint=texts.KIND_ALIASES_HINT,
        ),
        field("min_words", texts.KIND_MIN_LABEL, _text("min_words", str(shown["min_words"]), limit=6)),
        field("max_words", texts.KIND_MAX_LABEL, _text("max_words", str(shown["max_words"]), limit=6)),
        field(
            "prompt",
            texts.KIND_PROMPT_LABEL,
            _text("prompt", shown.get("prompt", "").strip(), multiline=True),
            hint=texts.KIND_PROMPT_HINT,
        ),
        field(
            "example_topic",
            texts.KIND_TOPIC_LABEL,
            _text("example_topic", shown.get("example_topic", ""), limit=200),
        ),
        field(
            "platform_limit_characters",
            texts.KIND_LIMIT_LABEL,
            _text("platform_limit_characters", "" if limit is None else str(limit), limit=7),
            optional=True,
            hint=texts.KIND_LIMIT_HINT,
        ),
    ]
    return _modal(KIND_FORM, texts.KIND_FORM_TITLE, blocks, metadata=kind.name if kind is not None else "")


def route_form(kind: ContentType, rule: RouteRule, models: Mapping[str, bool]) -> dict[str, Any]:
    """`models` are those that may be chosen, and whether each is on this machine."""
    options = [
        option((name if is_here else texts.model_not_here(name))[:OPTION_CHARACTERS], name)
        for name, is_here in sorted(models.items(), key=lambda each: (not each[1], each[0]))
    ][:MOST_OPTIONS]
    return _modal(
        ROUTE_FORM,
        texts.ROUTE_TITLE,
        [
            field(
                "models",
                texts.route_of(kind.title),
                _several("models", options, rule.models),
                hint=texts.ROUTE_MODELS_HINT,
            ),
            field(
                "substitutes",
                texts.ROUTE_SUBSTITUTES_LABEL,
                _several("substitutes", options, rule.substitutes),
                optional=True,
            ),
            field(
                "reason",
                texts.ROUTE_REASON_LABEL,
                _text("reason", rule.reason, limit=200, multiline=True),
                hint=texts.ROUTE_REASON_HINT,
            ),
        ],
        metadata=kind.name,
    )


def _several(name: str, options: Sequence[Block], chosen: Sequence[str]) -> Block:
    element: Block = {"type": "multi_static_select", "action_id": name, "options": list(options)}
    initial = [each for each in options if each["value"] in chosen]
    return {**element, "initial_options": initial} if initial else element


def _select(name: str, options: Sequence[Block], chosen: str) -> Block:
    initial = next(each for each in options if each["value"] == chosen)
    return {"type": "static_select", "action_id": name, "options": list(options), "initial_option": initial}


def _text(name: str, value: str, *, limit: int = INPUT_LIMIT, multiline: bool = False) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": name,
        "max_length": limit,
        "multiline": multiline,
    }
    return {**element, "initial_value": value[:limit]} if value else element


def _modal(callback_id: str, title: str, blocks: list[Block], metadata: str = "") -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": metadata,
        "title": plain(title),
        "submit": plain(texts.SETTINGS_SAVE),
        "close": plain(texts.CANCEL),
        "blocks": blocks,
    }
