"""Model card: renews the measured part, below its heading "Figures", of a card written by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_HEADING = "## Figures"
_MEANING = {
    "topic_verbatim": "drafts with the topic in them, letter for letter",
    "miscopied": "drafts in which the topic is wrong in at least one place",
    "leaked": "drafts with text that comes from neither the grammar nor the topic",
    "length_in_range": "drafts with a length in the content type's word range",
    "json_parses": "compliance answers that parse as JSON, without constraint",
    "distinct_of_20": "different texts out of 20 seeds of one prompt",
}


@dataclass(frozen=True)
class Sample:
    """One text a model wrote about a topic, for a content type given by its name."""

    content_type: str
    topic: str
    text: str


def renew_card(path: Path, figures: Mapping[str, float], samples: Sequence[Sample]) -> None:
    """Replace what stands from the heading "Figures" to the end of the card."""
    written = path.read_text(encoding="utf-8").partition(_HEADING)[0]
    path.write_text(written + _measured_part(figures, samples), encoding="utf-8")


def _measured_part(figures: Mapping[str, float], samples: Sequence[Sample]) -> str:
    lines = [
        _HEADING,
        "",
        "Over 200 unseen topics, 40 of them hard, by `python -m generation.starter.evaluate`.",
        "",
    ]
    lines += ["| measure | value |", "|---|---|"]
    lines += [f"| {_MEANING[name]} | {_shown(value)} |" for name, value in figures.items()]
    lines += ["", f"## {len(samples)} samples", "", "Drawn at random from those drafts, none left out.", ""]
    for sample in samples:
        lines += [f"### {sample.content_type}: {sample.topic}", "", "```text", sample.text, "```", ""]
    return "\n".join(lines)


def _shown(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{100 * value:.1f} %"
