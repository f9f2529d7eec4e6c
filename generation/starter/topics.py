"""Topics: what the texts are about, in training and in the evaluation.

Copying an unseen topic generalises only if training topics are not drawn from a list of words:
most of them are built from random pieces of the tokenizer's vocabulary, decorated with what
people type (capitals, accents, digits, quotes, "&", "/", hyphens, question marks).
"""

import random
import tomllib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any


def read_topic_table() -> dict[str, Any]:
    """What `topics.toml` says: the tables `training` and `unseen`, blocks of words split up."""
    table = tomllib.loads(files(__package__).joinpath("topics.toml").read_text("utf-8"))
    for part, key in (("training", "words"), ("unseen", "qualities"), ("unseen", "subjects")):
        table[part][key] = table[part][key].split()
    return table


def unseen_topics() -> list[str]:
    """The 200 topics of the evaluation: 160 made of words that training never shows, 40 hard ones.

    The hard ones come last: accents, "&", "/", quotes, digits, question form.
    """
    table, rng = read_topic_table()["unseen"], random.Random(2026)
    topics: dict[str, None] = {}
    while len(topics) < 160:
        quality, other = rng.sample(table["qualities"], 2)
        subject, second = rng.sample(table["subjects"], 2)
        shapes = (
            f"{quality} {subject}",
            f"{quality} {other} {subject}",
            f"{subject} for {quality} {second}",
            subject,
        )
        topics[rng.choice(shapes)] = None
    return [*topics, *table["hard"]]


class TopicSource:
    """Draws training topics; `pieces` are the printable texts of the tokenizer's vocabulary."""

    def __init__(self, pieces: Sequence[str], rng: random.Random) -> None:
        self._rng = rng
        self._table = read_topic_table()["training"]
        self._starts = [piece[1:] for piece in pieces if piece[0] == " " and piece[1:].isalpha()]
        self._letters = [piece for piece in pieces if piece.isalpha()]
        self._others = [piece.strip() for piece in pieces if piece.strip() and not piece.strip().isalpha()]

    def draw(self) -> str:
        """One topic, 1 to 9 words, rarely up to 20, without doubled or outer spaces."""
        rng, kind = self._rng, self._rng.random()
        if kind < 0.55:
            topic = self._linked(self._odd_phrase())
        elif kind < 0.75:
            topic = self._linked(self._phrase())
        else:
            parts = (
                rng.choice(self._table["starts"]),
                self._word(),
                rng.choice(self._table["features"]),
                self._word(),
            )
            topic = " ".join(parts)
        return " ".join(self._decorate(topic).split())

    def _odd_phrase(self) -> list[str]:
        """Invented words, often of few, short pieces, as rare words are: what repeats is hard to copy."""
        rng, starts, endings = self._rng, self._starts, self._letters
        if rng.random() < 0.5:
            starts = rng.choices(_short(starts), k=rng.randint(2, 8))
            endings = rng.choices(_short(endings), k=rng.randint(2, 8))
        return [self._odd_word(starts, endings) for _ in range(self._length())]

    def _odd_word(self, starts: Sequence[str], endings: Sequence[str]) -> str:
        rng = self._rng
        if rng.random() < 0.12:
            return rng.choice(self._others) + (rng.choice(endings) if rng.random() < 0.3 else "")
        word = rng.choice(starts) + "".join(rng.choices(endings, k=rng.choice((0, 0, 0, 1, 1, 2, 3))))
        if rng.random() < 0.15:
            place = rng.randrange(len(word) + 1)
            word = word[:place] + self._accented() + word[place:]
        return rng.choice((word,) * 8 + (word.capitalize(), word[:5].upper()))

    def _accented(self) -> str:
        """A letter with an accent: a common one, or any Latin one, which the tokenizer splits into bytes."""
        rng = self._rng
        rare = chr(rng.choice((rng.randint(0x00C0, 0x017F), rng.randint(0x1EA0, 0x1EF9))))
        return str(rng.choice((rng.choice(self._table["accents"]), rare)))

    def _phrase(self) -> list[str]:
        return [self._word() for _ in range(min(self._length(), 8))]

    def _linked(self, chosen: list[str]) -> str:
        """Join words, often with a small word among them: texts put the same ones before a topic."""
        rng = self._rng
        if len(chosen) > 1 and rng.random() < 0.5:
            chosen.insert(rng.randrange(1, len(chosen)), rng.choice(self._table["links"]))
        if rng.random() < 0.2:
            chosen.insert(0, rng.choice(self._table["openers"]))
        return " ".join(chosen)

    def _word(self) -> str:
        return str(self._rng.choice(self._table["words"]))

    def _length(self) -> int:
        if self._rng.random() < 0.02:
            return self._rng.randint(10, 20)
        return self._rng.choice((1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 6, 7, 9))

    def _decorate(self, topic: str) -> str:
        """Put in, one time in three, something that people type and that is hard to copy."""
        rng = self._rng
        if rng.random() < 0.67:
            return topic
        parts = topic.split(" ")
        place = rng.randrange(len(parts))
        word, other, quote = parts[place], self._word(), rng.choice('\'""')
        number = rng.choice((rng.randint(1, 99), rng.randint(1900, 2050), rng.randint(1, 99) / 10))
        decorated = (
            *(f"{quote}{word}{quote}", f"{word} {number}", f"{number} {word}", f"{word}'s", f"({word})"),
            *(f"{word}-{other}", f"{word}/{other}", f"{word[:1]}/{other[:1]}".upper(), f"{word} & {other}"),
            *(
                f"{word[:1]}&{other[:1]}".upper(),
                f"{word}, {other}",
                f"{word}: {other}",
                f"{word[:4]}/{other[:4]}".upper(),
            ),
            *(word.capitalize(), word.upper(), f"{word}%", f"#{word}", f"{word}++"),
        )
        parts[place] = rng.choice(decorated)
        return " ".join(parts) + rng.choice(("", "", "", "?", "?", "!"))


def _short(pieces: Sequence[str]) -> list[str]:
    return [piece for piece in pieces if len(piece) <= 3]
