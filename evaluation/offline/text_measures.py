"""What can be measured of a text, or of several by one model, without asking anybody.

None of it says whether a text is good. It says whether it repeats itself, keeps to its topic, is hard
to read, refuses, or breaks off.
"""

import re
from collections.abc import Sequence
from itertools import combinations
from statistics import fmean
from typing import Final

from evaluation.draft_text import DraftText
from evaluation.heuristics import is_finished
from evaluation.lexicon import FUNCTION_WORDS

LONG_WORD_LETTERS: Final = 6
SHINGLE_WORDS: Final = 4
_STEM_LETTERS: Final = 5
_REFUSAL = re.compile(
    r"\b(?:i (?:can(?:no|')t|am (?:not able|unable)|won't)|i'm (?:sorry|unable|not able)|as an ai\b|"
    r"i do(?:n't| not) (?:have|feel comfortable)|cannot (?:assist|help|comply|fulfil))",
    re.IGNORECASE,
)
_REFUSAL_WINDOW_CHARACTERS: Final = 160


def distinct_share(text: DraftText, n: int) -> float | None:
    """Different n-grams over all n-grams, 0–1 (Li et al. 2016, distinct-n); None for a shorter text.

    1: no n words come twice. It falls with length by itself, so compare texts of one kind.
    """
    grams = _grams(text.lower_words, n)
    return len(set(grams)) / len(grams) if grams else None


def self_overlap(texts: Sequence[DraftText]) -> float | None:
    """How alike texts on different topics are: the mean Jaccard index of their 4-word shingles, 0–1.

    Broder (1997). Above about 0.1 a model fills in a form. None for fewer than two texts that long.
    Quadratic in the number of texts.
    """
    shingles = [set(_grams(text.lower_words, SHINGLE_WORDS)) for text in texts]
    pairs = list(combinations([each for each in shingles if each], 2))
    return fmean(len(a & b) / len(a | b) for a, b in pairs) if pairs else None


def topic_coverage(text: DraftText, topic: str) -> float | None:
    """The share of the topic's content words that the text takes up, 0–1; None where it has none.

    A word counts as taken up in any form that begins with its first five letters. Figures count whole.
    """
    wanted = {_stem(word) for word in DraftText(topic).lower_words if not FUNCTION_WORDS.find([word])}
    found = {_stem(word) for word in text.lower_words}
    return len(wanted & found) / len(wanted) if wanted else None


def readability(text: DraftText) -> float | None:
    """LIX (Björnsson 1968): words per sentence plus the percentage of words longer than six letters.

    About 25 reads like a children's book, 40 like a newspaper, 60 like a law. It needs no syllables, so
    it holds for many languages. None without words or sentences.
    """
    if not text.words or not text.sentences:
        return None
    long_words = sum(len(word) > LONG_WORD_LETTERS for word in text.words)
    return len(text.words) / len(text.sentences) + 100 * long_words / len(text.words)


def is_refusal(text: str) -> bool:
    """Whether the text begins by declining. By wording, in English: it misses what is put otherwise."""
    return _REFUSAL.search(text.strip()[:_REFUSAL_WINDOW_CHARACTERS].replace("’", "'")) is not None


def breaks_off(text: DraftText, finish_reason: str) -> bool:
    """Whether it ended at a limit or in mid-sentence; a signature is an end. JSON is whole if it parses."""
    is_whole = text.is_json if text.looks_like_json else is_finished(text)
    return bool(text.words) and (finish_reason == "length" or not is_whole)


def _grams(words: Sequence[str], n: int) -> list[tuple[str, ...]]:
    return [tuple(words[place : place + n]) for place in range(len(words) - n + 1)]


def _stem(word: str) -> str:
    return word if any(character.isdecimal() for character in word) else word[:_STEM_LETTERS]
