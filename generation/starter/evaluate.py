"""Evaluation of the starter models: `python -m generation.starter.evaluate --json`.

Both models write about 200 topics they never saw, sampled as each content type is by default and
with transformers' own `generate`. Exit status 1 when a bar is missed; `--card` also renews the
figures and samples in the model cards.
"""

import argparse
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from generation.content_types import Sampling
from generation.starter.card import Sample, renew_card
from generation.starter.grammar import CONTENT_TYPES, Grammar, load_grammar, words
from generation.starter.tokenizer import END, PAD, render_prompt
from generation.starter.topics import unseen_topics

PACKAGE = Path(__file__).parent
NAMES = ("starter-rich", "starter-plain")
BATCH_SIZE = 40
SAMPLE_COUNT = 20

# The shipped configuration's word ranges and sampling: a test keeps them equal.
WORD_RANGES = {
    "linkedin_post": (100, 300),
    "client_email": (75, 250),
    "technical_article": (150, 400),
    "quick_social": (50, 100),
    "marketing": (80, 200),
    "compliance": (20, 200),
}
SAMPLING = {name: Sampling() for name in CONTENT_TYPES} | {"compliance": Sampling(temperature=0.5, top_p=0.9)}


@dataclass(frozen=True)
class Figures:
    """What was measured; every share is between 0 and 1, over 200 drafts.

    A leaked draft holds text that comes from neither the grammar nor the topic: a piece of a copy
    drill, a tag, an invented word. A miscopied one has the topic wrong in at least one place; it has
    no bar of its own, since `topic_verbatim` has one, and stands in the model card.
    """

    topic_verbatim: float
    miscopied: float
    leaked: float
    length_in_range: float
    json_parses: float
    distinct_of_20: int

    def missed_bars(self) -> list[str]:
        """The names of the figures that are not good enough to ship."""
        met = {
            "topic_verbatim": self.topic_verbatim >= 0.97,
            "leaked": self.leaked <= 0.01,
            "length_in_range": self.length_in_range >= 0.95,
            "json_parses": self.json_parses >= 0.97,
            "distinct_of_20": self.distinct_of_20 >= 18,
        }
        return [name for name, good in met.items() if not good]


class Writer:
    """A loaded starter model that writes many drafts at once."""

    def __init__(self, folder: Path) -> None:
        self._model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder)

    def write(self, content_type: str, topics: Sequence[str], seed: int) -> list[str]:
        """One draft for each topic. What is no text (a tag in the wrong place) stays visible."""
        torch.manual_seed(seed)
        starts = range(0, len(topics), BATCH_SIZE)
        batches = [topics[start : start + BATCH_SIZE] for start in starts]
        return [text for batch in batches for text in self._write_batch(content_type, batch)]

    def _write_batch(self, content_type: str, topics: Sequence[str]) -> list[str]:
        prompts = [render_prompt(self._tokenizer, content_type, topic) for topic in topics]
        inputs = self._tokenizer(prompts, return_tensors="pt", padding=True, return_token_type_ids=False)
        sampling = SAMPLING[content_type]
        output = self._model.generate(
            **inputs,
            do_sample=True,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            top_k=0,
            max_new_tokens=sampling.max_new_tokens,
        )
        texts = self._tokenizer.batch_decode(output[:, inputs["input_ids"].shape[1] :])
        return [text.replace(PAD, "").removesuffix(END) for text in texts]


def measure(writer: Writer, grammar: Grammar, seed: int) -> tuple[Figures, list[Sample]]:
    """Write about every unseen topic and count; also return the drafts that were counted."""
    topics = unseen_topics()
    drafts = []
    for offset, content_type in enumerate(CONTENT_TYPES):
        mine = topics[offset :: len(CONTENT_TYPES)]
        texts = writer.write(content_type, mine, seed)
        drafts += [Sample(content_type, topic, text) for topic, text in zip(mine, texts, strict=True)]
    answers = writer.write("compliance", topics, seed + 1)
    again = writer.write("linkedin_post", topics[:1] * 20, seed + 2)
    vocabulary = grammar.vocabulary()
    figures = Figures(
        topic_verbatim=_share([_shown_topic(draft) in draft.text for draft in drafts]),
        miscopied=_share(
            [is_garbled(draft, vocabulary) and not has_leak(draft, vocabulary) for draft in drafts]
        ),
        leaked=_share([has_leak(draft, vocabulary) for draft in drafts]),
        length_in_range=_share([has_good_length(draft) for draft in drafts]),
        json_parses=_share([_parses(answer) for answer in answers]),
        distinct_of_20=len(set(again)),
    )
    return figures, drafts


def is_garbled(draft: Sample, vocabulary: frozenset[str]) -> bool:
    """Whether a draft holds a word that is neither its grammar's nor part of an exact copy of the topic.

    This finds miscopied topics, invented words and tags in the wrong place alike.
    """
    return bool(_strange_words(draft, vocabulary))


def has_leak(draft: Sample, vocabulary: frozenset[str]) -> bool:
    """Whether one of those words is no miscopy either: less than half of it stands in the topic."""
    topic = _shown_topic(draft).lower()
    return any(not _resembles(word, topic) for word in _strange_words(draft, vocabulary))


def _strange_words(draft: Sample, vocabulary: frozenset[str]) -> list[str]:
    rest = draft.text.replace(_shown_topic(draft), " ")
    return [word for word in words([rest]) if word not in vocabulary]


def _resembles(word: str, topic: str) -> bool:
    common = SequenceMatcher(None, word, topic, autojunk=False).find_longest_match()
    return 2 * common.size >= len(word)


def has_good_length(draft: Sample) -> bool:
    """Whether the number of words lies in the content type's range."""
    shortest, longest = WORD_RANGES[draft.content_type]
    return shortest <= len(draft.text.split()) <= longest


def _shown_topic(draft: Sample) -> str:
    """The topic as it must stand in the draft: escaped in JSON."""
    return (
        json.dumps(draft.topic, ensure_ascii=False)[1:-1]
        if draft.content_type == "compliance"
        else draft.topic
    )


def _parses(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except json.JSONDecodeError:
        return False


def _share(answers: Sequence[bool]) -> float:
    return round(sum(answers) / len(answers), 4)


def main() -> int:
    """Measure the models, print the figures, and return 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description="Measure the starter models against their bars.")
    parser.add_argument("--name", choices=NAMES, help="only this model; by default both")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")
    parser.add_argument("--card", action="store_true", help="renew figures and samples in the model cards")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--weights", type=Path, default=PACKAGE / "weights", help="the folder of the model folders"
    )
    arguments = parser.parse_args()
    report = {}
    for name in [arguments.name] if arguments.name else NAMES:
        figures, drafts = measure(Writer(arguments.weights / name), load_grammar(name), arguments.seed)
        report[name] = asdict(figures) | {"missed_bars": figures.missed_bars()}
        if arguments.card:
            samples = random.Random(arguments.seed).sample(drafts, SAMPLE_COUNT)
            renew_card(PACKAGE / f"{name}.md", asdict(figures), samples)
    lines = [f"{name}: {measured}" for name, measured in report.items()]
    sys.stdout.write((json.dumps(report, indent=2) if arguments.json else "\n".join(lines)) + "\n")
    return int(any(measured["missed_bars"] for measured in report.values()))


if __name__ == "__main__":
    sys.exit(main())
