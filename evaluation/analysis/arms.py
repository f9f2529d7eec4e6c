"""Arms: a model as it wrote, with its revision, precision, prompt and sampling. A change starts a new one.

Prompts and sampling belong to a content type, revision and precision to the model. So an arm is a revision
at a precision, with one prompt and one sampling for each type. Drafts of an unchanged type stay in their
arm when another type's prompt changes, and what is changed back returns to the arm it had.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Setup:
    """What a draft was written with."""

    model: str
    revision: str
    precision: str
    content_type: str
    prompt_version: str
    sampling: str

    @classmethod
    def of(
        cls,
        model: str,
        revision: str,
        precision: str,
        content_type: str,
        prompt_version: str,
        sampling: dict[str, Any],
    ) -> "Setup":
        """Equal for equal sampling settings, in whatever order they were stored."""
        return cls(
            model, revision, precision, content_type, prompt_version, json.dumps(sampling, sort_keys=True)
        )


@dataclass
class Arm:
    """`label` is the model's name for its first arm, then name@2, name@3, … by first draft."""

    label: str
    model: str
    revision: str
    precision: str
    since: datetime
    ways: dict[str, tuple[str, str]] = field(default_factory=dict)

    def fits(self, setup: Setup) -> bool:
        """Whether this setup contradicts nothing that the arm's drafts were written with."""
        way = (setup.prompt_version, setup.sampling)
        return (
            (self.revision, self.precision) == (setup.revision, setup.precision)
            and self.ways.get(setup.content_type, way) == way
        )  # fmt: skip


def model_of(label: str, labels: Collection[str]) -> str:
    """The model that an arm's label stands for: of `name@2` it is `name`, where that is a label, too."""
    name, _, number = label.rpartition("@")
    return name if number.isdecimal() and name in labels else label


def assign_arms(setups: Iterable[tuple[Setup, datetime]]) -> tuple[list[int], list[Arm]]:
    """The arm of each draft, given in the order of writing, and all arms.

    A setup goes to the newest arm of its model that it fits. Linear in the drafts.
    """
    arms: list[Arm] = []
    by_model: dict[str, list[int]] = {}
    known: dict[Setup, int] = {}
    places = []
    for setup, written_at in setups:
        place = known.get(setup)
        if place is None:
            own = by_model.setdefault(setup.model, [])
            place = next((each for each in reversed(own) if arms[each].fits(setup)), None)
            if place is None:
                place = len(arms)
                own.append(place)
                label = setup.model if len(own) == 1 else f"{setup.model}@{len(own)}"
                arms.append(Arm(label, setup.model, setup.revision, setup.precision, written_at))
            arms[place].ways[setup.content_type] = (setup.prompt_version, setup.sampling)
            known[setup] = place
        places.append(place)
    return places, arms
