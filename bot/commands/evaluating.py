"""`copydesk evaluate`: measures models on the same topics before one of them writes for the team."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import typer
from rich.console import Console
from rich.text import Text

from bot import tracking
from bot.commands.evaluation_progress import EvaluationProgress, shown_live
from bot.commands.evaluation_text import show_evaluation, show_replay
from bot.commands.fitting import fit_here
from bot.commands.interruption import INTERRUPTED
from bot.commands.module import run_module
from bot.commands.reading_database import reading_database
from bot.errors import BadInput
from bot.logs import configure_logging
from bot.offline.arms import OfflineArm, find_arms
from bot.offline.facts import gather_facts, human_figures, kind_of
from bot.offline.running import OfflineRun
from bot.refusals import did_you_mean
from bot.settings import Settings
from evaluation.offline.document import Evaluation
from evaluation.offline.evaluate import build_evaluation
from evaluation.offline.model_metrics import HumanFigures
from evaluation.offline.record import Plan, Record, plan_digest, read_plan
from evaluation.offline.replay import replay_field_guide
from evaluation.offline.scores import Kind
from evaluation.offline.topics import Topic, read_topics, shipped_topics
from evaluation.offline.trials import Trial, plan_trials

FOLDER: Final = "evaluations"
RECORD: Final = "record.jsonl"
SAMPLES: Final = 15
SEED: Final = 2026


@dataclass(frozen=True)
class EvaluationOptions:
    """What was asked for. Empty tuples: all; None: 15 samples, the seed 2026, the topics that ship.

    `resume` names an evaluation that was stopped: what is not said then is as it began.
    """

    models: tuple[str, ...] = ()
    content_types: tuple[str, ...] = ()
    samples: int | None = None
    seed: int | None = None
    prompts: Path | None = None
    held_back: bool = False
    backends: tuple[str, ...] = ()
    api_key: str = field(default="none", repr=False)
    resume: str | None = None


def evaluate_models(
    settings: Settings, options: EvaluationOptions, output: Console, messages: Console, *, as_json: bool
) -> None:
    """Plans, asks, judges, writes and prints. Ctrl-C ends it with status 130 and says how to go on.

    Raises BadInput for what cannot be evaluated, InvalidFile for topics or a record that cannot be read,
    ChildFailed when our server cannot start.
    """
    configure_logging("warning", settings.secrets)
    if options.resume is not None:
        options = _as_begun(options, read_plan(_record_of(settings, options.resume)))
    arms = find_arms(settings, options.models, options.backends)
    trials = _plan(settings, options, arms)
    with _open_record(settings, options, arms, trials) as record:
        try:
            asyncio.run(_ask(settings, options, arms, trials, record, messages))
        except KeyboardInterrupt:
            _say_how_to_resume(record, messages)
            raise typer.Exit(INTERRUPTED) from None
        evaluation = _judge(settings, record)
    path = record.path.with_name("evaluation.json")
    path.write_text(evaluation.model_dump_json(indent=2), encoding="utf-8")
    if as_json:
        output.print_json(evaluation.model_dump_json())
    else:
        output.print(show_evaluation(evaluation))
    messages.print(Text(f"\nAll figures: {path}"), soft_wrap=True)
    _draw_and_log(settings, evaluation, path.with_name("figures"), messages)


def replay(settings: Settings, output: Console, *, as_json: bool) -> None:
    """What the field guides' tables allow to conclude; asks no model."""
    read = replay_field_guide({name: spec.parameters for name, spec in settings.models.items()})
    if as_json:
        output.print_json(json.dumps(asdict(read)))
    else:
        output.print(show_replay(read))


def _as_begun(options: EvaluationOptions, plan: Plan) -> EvaluationOptions:
    return replace(
        options,
        models=options.models or plan.named,
        content_types=options.content_types or plan.content_types,
        samples=options.samples or plan.samples,
        seed=plan.seed if options.seed is None else options.seed,
        prompts=options.prompts or plan.prompts,
        held_back=options.held_back or plan.held_back,
        backends=options.backends or plan.backends,
    )


def _plan(settings: Settings, options: EvaluationOptions, arms: Sequence[OfflineArm]) -> tuple[Trial, ...]:
    known = sorted(settings.content_types)
    for name in options.content_types:
        if name not in known:
            hint = did_you_mean(name, known)
            raise BadInput(f"{name} is not a kind of text.{hint} Allowed: {', '.join(known)}.")
    everything = read_topics(options.prompts) if options.prompts else shipped_topics()
    topics: dict[str, list[Topic]] = defaultdict(list)
    for topic in everything:
        if topic.held_back == options.held_back or options.prompts is not None:
            topics[topic.content_type].append(topic)
    wanted = options.content_types or tuple(name for name in known if name in topics)
    without = [name for name in wanted if name not in topics]
    if without or not wanted:
        raise BadInput(
            f"There are no topics for {', '.join(without) or 'any kind of text'}. "
            "Give your own with --prompts FILE, or name other kinds with --types."
        )
    chosen = {name: topics[name] for name in wanted}
    return plan_trials([arm.label for arm in arms], chosen, options.samples or SAMPLES, _seed(options))


def _seed(options: EvaluationOptions) -> int:
    return SEED if options.seed is None else options.seed


def _open_record(
    settings: Settings, options: EvaluationOptions, arms: Sequence[OfflineArm], trials: Sequence[Trial]
) -> Record:
    if options.resume is not None:
        return Record.resume(_record_of(settings, options.resume), plan_digest(trials))
    begun_at = datetime.now(UTC)
    name = f"{begun_at:%Y%m%d-%H%M%S}"
    plan = Plan(
        evaluation=name,
        begun_at=begun_at,
        backend=", ".join(dict.fromkeys(arm.address or "here" for arm in arms)),
        models=tuple(arm.label for arm in arms),
        content_types=tuple(sorted({trial.topic.content_type for trial in trials})),
        samples=options.samples or SAMPLES,
        seed=_seed(options),
        held_back=options.held_back,
        digest=plan_digest(trials),
        named=options.models or tuple(arm.label for arm in arms if arm.address is None),
        backends=options.backends,
        prompts=options.prompts.absolute() if options.prompts is not None else None,
    )
    return Record.begin(_record_of(settings, name), plan)


def _record_of(settings: Settings, name: str) -> Path:
    return settings.data_dir / FOLDER / name / RECORD


async def _ask(
    settings: Settings,
    options: EvaluationOptions,
    arms: Sequence[OfflineArm],
    trials: Sequence[Trial],
    record: Record,
    messages: Console,
) -> None:
    fit = await asyncio.to_thread(fit_here, settings, [arm.spec for arm in arms if arm.address is None])
    run = OfflineRun(
        settings,
        record,
        fit,
        plain=bool(options.backends),
        api_key=options.api_key,
        clock=lambda: datetime.now(UTC),
    )
    progress = EvaluationProgress(_kinds(settings, record), len(trials), record.samples.values())
    with shown_live(progress, messages):
        await run.run(arms, trials, progress.add)


def _judge(settings: Settings, record: Record) -> Evaluation:
    kinds = _kinds(settings, record)
    facts = gather_facts(settings, record, _human(settings))
    samples = list(record.samples.values())
    return build_evaluation(record.plan, samples, kinds, facts, datetime.now(UTC))


def _kinds(settings: Settings, record: Record) -> dict[str, Kind]:
    return {name: kind_of(settings.content_types[name]) for name in record.plan.content_types}


def _human(settings: Settings) -> dict[str, HumanFigures]:
    """Without a database nobody has rated anything yet."""
    try:
        with reading_database(settings) as session:
            return human_figures(session)
    except BadInput:
        return {}


def _draw_and_log(settings: Settings, evaluation: Evaluation, pictures: Path, messages: Console) -> None:
    """In processes of their own. What fails here takes nothing away: the evaluation is written."""
    document = evaluation.model_dump_json()
    try:
        run_module("evaluation.figures.offline", str(pictures), document=document)
        messages.print(Text(f"Pictures: {pictures}"), soft_wrap=True)
        job = tracking.evaluation_job(settings, evaluation, pictures)
        run_id = json.loads(run_module(tracking.MODULE, document=job.model_dump_json()))["run_id"]
        messages.print(Text(f"In MLflow: run {run_id}; see `copydesk mlflow`"), soft_wrap=True)
    except BadInput as error:
        messages.print(
            Text(
                f"{error} The evaluation itself is kept; --resume {evaluation.evaluation} tries this again."
            ),
            soft_wrap=True,
        )


def _say_how_to_resume(record: Record, messages: Console) -> None:
    messages.print(
        Text(
            f"\nStopped. {len(record.samples)} texts are kept in {record.path}. Go on with "
            f"`copydesk evaluate --resume {record.plan.evaluation}`."
        ),
        soft_wrap=True,
    )
