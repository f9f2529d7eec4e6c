"""Which of the declared models a command was given; a wrong name is refused with the nearest right one."""

from collections.abc import Iterable

from bot.errors import BadInput
from bot.refusals import did_you_mean
from bot.settings import Settings
from generation.registry import ModelSource, ModelSpec


def chosen(settings: Settings, name: str) -> ModelSpec:
    """Raises BadInput for a name that is not declared."""
    spec = settings.models.get(name)
    if spec is None:
        hint = did_you_mean(name, sorted(settings.models))
        raise BadInput(f"There is no model {name}.{hint} `copydesk models list` shows them.")
    return spec


def chosen_here(settings: Settings, names: Iterable[str]) -> list[ModelSpec]:
    """The models of these names, or all, that compute on this machine. Raises BadInput."""
    named = [chosen(settings, name) for name in names]
    for spec in named:
        if spec.source is ModelSource.REMOTE:
            raise BadInput(f"{spec.name} runs on a server at {spec.address}, so it takes no room here.")
    declared = named or list(settings.models.values())
    return [spec for spec in declared if spec.source is not ModelSource.REMOTE]
