"""An evaluation under way: a bar with the time left, and what each model has come to so far."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from statistics import fmean

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from bot.commands.evaluation_text import UNKNOWN
from evaluation.offline.record import Sample
from evaluation.offline.scores import Kind, score_texts
from evaluation.offline.trials import Phase


class EvaluationProgress:
    """What is shown while texts come in. On a terminal it is redrawn; elsewhere it is printed at the end."""

    def __init__(self, kinds: Mapping[str, Kind], trials: int, samples: Collection[Sample]) -> None:
        """`samples` came before a stop: they count, and say nothing of how long the rest will take."""
        self._kinds = kinds
        self._samples: dict[str, dict[str, Sample]] = defaultdict(dict)
        self._quality: dict[str, dict[str, float]] = defaultdict(dict)
        columns = (TextColumn("Writing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns)
        self._task = self._bar.add_task("Writing", total=trials, completed=len(samples))
        for sample in samples:
            self._keep(sample)

    def add(self, sample: Sample) -> None:
        """Counts one more text; one that is written again takes the place of the first."""
        if sample.key not in self._samples[sample.model]:
            self._bar.advance(self._task)
        self._keep(sample)

    def _keep(self, sample: Sample) -> None:
        self._samples[sample.model][sample.key] = sample
        if sample.phase is Phase.ALONE:
            for text in score_texts([sample], self._kinds):
                self._quality[sample.model][sample.key] = text.composite

    def __rich__(self) -> Group:
        table = Table("Model", "Texts", "Failed", "Heuristic quality so far", "Seconds a text")
        for model, by_key in self._samples.items():
            samples, quality = by_key.values(), self._quality[model].values()
            alone = [one.waited_seconds for one in samples if one.phase is Phase.ALONE]
            cells = (
                model,
                str(len(samples)),
                str(sum(not sample.succeeded for sample in samples)),
                f"{fmean(quality):.1f}" if quality else UNKNOWN,
                f"{fmean(alone):.1f}" if alone else UNKNOWN,
            )
            table.add_row(*(Text(cell) for cell in cells))
        return Group(table, self._bar)


@contextmanager
def shown_live(progress: EvaluationProgress, console: Console) -> Iterator[None]:
    """Redraws it twice a second for as long as the context lasts, and then leaves it standing."""
    with Live(progress, console=console, refresh_per_second=2):
        yield
