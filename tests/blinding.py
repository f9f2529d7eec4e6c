"""Nothing that a rater is sent before their judgement links a draft to the model that wrote it.

Every test that runs the bot does so inside `watched` and ends with this look at all that the bot sent and
all that each person's client was shown: messages, private answers, forms, errors beside fields, Homes,
streams, files, with their ids, values and metadata. Names of models may stand in

- a report of a closed week, and a list of models, neither of which names a draft;
- the question who wrote a draft, as a choice of all models that could have;
- what one rater is told alone, about drafts on which their judgement is locked.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from bot.messages import GUESS_ACTION_PREFIX, GUESS_BLOCK_PREFIX, MODELS_BLOCK, NO_IDEA_VALUE
from bot.playground.changes import Change, HomeChanged, MessageChanged, ModalsChanged, ViewRefused
from bot.playground.slack import CALLS_KEPT
from bot.playground.testing import LocalSlack
from bot.settings import Settings
from evaluation.database import Database
from evaluation.tables import Draft, DraftPair, DraftRequest, PairVote, Rating, ReportRun
from generation.routing import RouteRule, find_rule

SHORTEST_TELLING = 5
"""Shorter values, such as a seed of 7, stand in texts by chance and tell nobody anything."""


@dataclass(frozen=True)
class Payload:
    """Something that was sent (`reader` None: to whomever), or that one person's client was shown."""

    what: str
    content: Any
    reader: str | None = None
    is_public: bool = False


@contextmanager
def watched(slack: LocalSlack, database: Database, settings: Settings) -> Iterator[None]:
    """Watches what clients are shown; at the end of a test that went well, raters must have stayed blind."""
    shown: list[Payload] = []
    stop = slack.slack.workspace.feed.subscribe(lambda change: shown.extend(_shown(slack, change)))
    try:
        yield
    finally:
        stop()
    assert len(slack.calls) < CALLS_KEPT, "more was sent than the playground keeps"
    sent = [Payload(call.method, call.arguments) for call in slack.calls]
    assert_raters_stay_blind([*sent, *shown], database, settings)


def assert_raters_stay_blind(payloads: Sequence[Payload], database: Database, settings: Settings) -> None:
    """Raises AssertionError naming the first payload that tells, and what it tells."""
    with database.reading() as session:
        truth = _read_truth(session, settings)
    for payload in payloads:
        leaks = truth.leaks(payload)
        assert not leaks, f"{payload.what} told {payload.reader or 'everybody'}: {leaks}"


@dataclass(frozen=True)
class _Truth:
    """What the database knows, and a rater must not learn before their judgement."""

    drafts: Sequence[Draft]
    content_types: Mapping[str, str]
    routes: Mapping[str, RouteRule]
    telling: frozenset[str]
    closed_reports: frozenset[str]
    told: Mapping[str, frozenset[str]]

    def leaks(self, payload: Payload) -> list[str]:
        """Every telling value in a payload that nothing excuses."""
        content, questions = _without_questions(payload.content)
        sent = json.dumps(content, ensure_ascii=False)
        found = {value for value in self.telling if _stands_in(value, sent)}
        found |= self._unfair(questions)
        names_drafts = {name for draft in self.drafts for name in (draft.id, draft.label) if name in sent}
        if _is_ranking(sent) or _is_list_of_models(sent):
            may_name = _is_list_of_models(sent) or any(run_id in sent for run_id in self.closed_reports)
            return sorted(names_drafts | (set() if may_name else found))
        return sorted(found - self._told_to(payload, sent))

    def _unfair(self, questions: Mapping[str, set[str]]) -> set[str]:
        """What a question tells that does not offer exactly the models of its route."""
        unfair: set[str] = set()
        for draft in self.drafts:
            offered = questions.get(draft.id)
            if offered is None:
                continue
            rule = find_rule(self.content_types[draft.request_id], self.routes)
            could_write = {*rule.models, *rule.substitutes} if rule is not None else set()
            if offered - {NO_IDEA_VALUE} != could_write or draft.model_name not in could_write:
                unfair |= offered
        return unfair

    def _told_to(self, payload: Payload, sent: str) -> set[str]:
        """The writers that the reader was rightly told, of drafts named in this payload."""
        if payload.is_public:
            return set()
        readers = list(self.told) if payload.reader is None else [payload.reader]
        known = frozenset[str]().union(*(self.told.get(reader, frozenset()) for reader in readers))
        return {draft.model_name for draft in self.drafts if draft.id in known and draft.label in sent}


def _read_truth(session: Session, settings: Settings) -> _Truth:
    drafts = session.exec(select(Draft)).all()
    requests = session.exec(select(DraftRequest.id, DraftRequest.content_type)).all()
    return _Truth(
        drafts=drafts,
        content_types=dict(requests),
        routes=settings.routes,
        telling=frozenset(_what_would_tell(drafts, settings)),
        closed_reports=frozenset(run.id for run in session.exec(select(ReportRun)) if run.closed),
        told={rater: frozenset(ids) for rater, ids in _locked(session).items()},
    )


def _locked(session: Session) -> Mapping[str, set[str]]:
    """By rater, the drafts on which they can no longer change what they said."""
    locked: defaultdict[str, set[str]] = defaultdict(set)
    for rating in session.exec(select(Rating).where(col(Rating.locked_at).is_not(None))):
        locked[rating.rater_id].add(rating.draft_id)
    statement = select(PairVote.rater_id, DraftPair).join(DraftPair)
    for rater_id, pair in session.exec(statement.where(col(PairVote.locked_at).is_not(None))):
        locked[rater_id] |= {pair.left_draft_id, pair.right_draft_id}
    return locked


def _what_would_tell(drafts: Sequence[Draft], settings: Settings) -> set[str]:
    declared = {name for spec in settings.models.values() for name in (spec.name, spec.hub_id) if name}
    recorded = {
        str(value)
        for draft in drafts
        for value in (
            draft.model_name,
            draft.model_revision,
            draft.substitute_for,
            draft.prompt_version,
            draft.seed,
            draft.latency_seconds,
            draft.time_to_first_token_seconds,
            draft.busy_seconds,
            draft.memory_bytes,
            draft.method,
            draft.energy_joules,
        )
        if value is not None
    }
    return {value for value in declared | recorded if len(value) >= SHORTEST_TELLING}


def _stands_in(value: str, sent: str) -> bool:
    """Whether a value is told; a number only where it stands alone, for timestamps hold any by chance."""
    if value not in sent:
        return False
    is_number = value.replace(".", "").isdigit()
    return not is_number or re.search(rf"(?<![\d.]){re.escape(value)}(?!\d)", sent) is not None


def _without_questions(content: Any) -> tuple[Any, dict[str, set[str]]]:
    """The content without the choices of guesses, and those choices by the draft asked about."""
    choices: defaultdict[str, set[str]] = defaultdict(set)

    def strip(piece: Any) -> Any:
        if isinstance(piece, list | tuple):
            return [strip(each) for each in piece]
        if not isinstance(piece, dict):
            return piece
        if str(piece.get("block_id", "")).startswith(GUESS_BLOCK_PREFIX):
            draft_id = piece["block_id"].removeprefix(GUESS_BLOCK_PREFIX).partition(".")[0]
            kept = []
            for element in piece.get("elements", []):
                if element["action_id"].startswith(GUESS_ACTION_PREFIX):
                    choices[draft_id].add(element["value"])
                else:
                    kept.append(element)
            return {**{key: strip(value) for key, value in piece.items()}, "elements": kept}
        return {key: strip(value) for key, value in piece.items()}

    return strip(content), choices


def _shown(slack: LocalSlack, change: Change) -> Iterator[Payload]:
    """What a change brings to the clients of whom."""
    local = slack.slack
    match change:
        case MessageChanged(message) if message.bot_id is not None:
            reader = message.ephemeral_to
            yield Payload("a message", message.model_dump(mode="json"), reader, is_public=reader is None)
        case ModalsChanged(user):
            yield from (
                Payload("a form", view.model_dump(mode="json"), user) for view in local.modals.stack(user)
            )
        case HomeChanged(user):
            home = local.workspace.home(user)
            if home is not None:
                yield Payload("the Home", home.model_dump(mode="json"), user)
        case ViewRefused(user, _, errors):
            yield Payload("an error beside a field", errors, user)


def _is_ranking(sent: str) -> bool:
    return '"report.' in sent or '"ranking-' in sent


def _is_list_of_models(sent: str) -> bool:
    return f'"block_id": "{MODELS_BLOCK}"' in sent
