"""An evaluation under way: a bar with the time left, and what each model has come to so far."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
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

    def __init__(self, kinds: Mapping[str, Kind], trials: int, samples: Iterable[Sample]) -> None:
        self._kinds = kinds
        self._samples: dict[str, list[Sample]] = defaultdict(list)
        self._quality: dict[str, list[float]] = defaultdict(list)
        columns = (TextColumn("Writing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns)
        self._task = self._bar.add_task("Writing", total=trials)
        for sample in samples:
            self.add(sample)

    def add(self, sample: Sample) -> None:
        """Counts one more text."""
        self._samples[sample.model].append(sample)
        if sample.phase is Phase.ALONE:
            self._quality[sample.model] += [one.composite for one in score_texts([sample], self._kinds)]
        self._bar.advance(self._task)

    def __rich__(self) -> Group:
        table = Table("Model", "Texts", "Failed", "Heuristic quality so far", "Seconds a text")
        for model, samples in self._samples.items():
            quality = self._quality[model]
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
