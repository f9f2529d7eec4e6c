"""Automatic 0–10 measures of a draft, each with its reason in plain words. Never called ratings.

Four dimensions: length for the platform, professional vocabulary, structure and technical
depth; their mean is the composite. Beside them stands `field_guide`, the one-number formula
in common use, for comparison.

The measures are graded and count *different* terms, sentences and signals: repeating what is
there gains nothing, and a bare list of terms is marked down as one. They see form only. None
knows whether a sentence is true or worth reading: that is what people's ratings are for. The
word lists are English, so a text in another language scores low in vocabulary, the same for
every model, and the reason says so. Reasons hold numbers and our own words, never the
draft's, so they can be shown anywhere.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean

from evaluation.draft_text import DraftText
from evaluation.lexicon import (
    FIELD_GUIDE_TERMS,
    FUNCTION_WORDS,
    INFORMAL_TERMS,
    PROFESSIONAL_TERMS,
    REASONING_TERMS,
    TECHNICAL_TERMS,
)
from evaluation.tables import Dimension

COMPOSITE_DIMENSIONS = (
    Dimension.LENGTH,
    Dimension.VOCABULARY,
    Dimension.STRUCTURE,
    Dimension.TECHNICAL_DEPTH,
)

# A text this short, in words, gives too little to judge wording, structure or depth by: what
# it earns there is scaled by its share of this length.
_ENOUGH_WORDS = 30
_DIVERSITY_WINDOW_WORDS = 50
_ITEM = re.compile(r"^[ \t]*(?:[-*•–]|\d{1,3}[.)])[ \t]+\S", re.MULTILINE)
_HEADING = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]+\S|\*\*[^*\n]+\*\*[ \t]*$|subject:[ \t]*\S)", re.MULTILINE | re.IGNORECASE
)
_FINISHED = re.compile(r"[.!?…。！？:)\]\"”’*`]$|#\w+$")
_SENTENCE_STOP = re.compile(r"[.!?…](?=[\s\"'”’)\]*_]|\Z)|[。！？]")
_IDENTIFIER = re.compile(r"[a-z0-9]+_[a-z0-9_]+|[a-z]+[A-Z]\w*|\w+\(\)|[A-Z][A-Z0-9]{1,5}s?")


@dataclass(frozen=True)
class LengthRule:
    """How long a kind of text should be: from `min_words` to `max_words`, both included.

    `platform_limit_characters` is what the platform refuses to exceed, None where there is no
    such limit.
    """

    min_words: int
    max_words: int
    platform_limit_characters: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.min_words <= self.max_words or self.max_words < 1:
            raise ValueError(f"no text can have {self.min_words} to {self.max_words} words")
        if self.platform_limit_characters is not None and self.platform_limit_characters < 1:
            raise ValueError("platform_limit_characters must be at least 1, or None")


@dataclass(frozen=True)
class Score:
    """One measure: `value` from 0 (worst) to 10, and why, in a sentence."""

    dimension: Dimension
    value: float
    reason: str


def score_draft(text: str, length: LengthRule) -> tuple[Score, ...]:
    """Score one draft in the four dimensions and by the field guide's formula, in that order.

    Pure and deterministic, linear in the length of the text. Any text is allowed: an empty one
    gets 0 in the four dimensions.
    """
    draft = DraftText(text)
    return (
        score_length(draft, length),
        score_vocabulary(draft),
        score_structure(draft),
        score_technical_depth(draft),
        score_field_guide(draft, length),
    )


def composite(values: Mapping[Dimension, float]) -> float | None:
    """The mean of the four dimensions, 0–10; None where one is missing.

    Of the means over several drafts it is the mean of the drafts' composites.
    """
    if not all(dimension in values for dimension in COMPOSITE_DIMENSIONS):
        return None
    return fmean(values[dimension] for dimension in COMPOSITE_DIMENSIONS)


def score_length(draft: DraftText, length: LengthRule) -> Score:
    """10 inside the range; below it 10 · words/min, above it 10 · max/words.

    Where a platform's limit leaves no room for `min_words`, filling four fifths of the limit
    is long enough as well. A text over the limit cannot be posted: at most 5 · limit/characters.
    """
    n_words, n_characters, limit = len(draft.words), len(draft.text), length.platform_limit_characters
    wanted = f"{length.min_words}–{length.max_words}"
    if n_words == 0:
        return Score(Dimension.LENGTH, 0.0, "There is no text.")
    if limit is not None and n_characters > limit:
        value = min(5 * limit / n_characters, 10 * _share(length.max_words, n_words))
        reason = f"{n_characters:,} characters exceed the platform's limit of {limit:,}."
        return Score(Dimension.LENGTH, value, reason)
    if _fills_range(draft, length):
        return Score(Dimension.LENGTH, 10.0, f"{_count(n_words, 'word')} suit the {wanted} wanted.")
    if n_words > length.max_words:
        value = 10 * length.max_words / n_words
        return Score(
            Dimension.LENGTH, value, f"{_count(n_words, 'word')} where {wanted} are wanted: too long."
        )
    fill = n_characters / (0.8 * limit) if limit else 0.0
    value = 10 * max(n_words / length.min_words, fill)
    return Score(Dimension.LENGTH, value, f"{_count(n_words, 'word')} where {wanted} are wanted: too short.")


def score_vocabulary(draft: DraftText) -> Score:
    """5 · professional terms + 3 · diversity + 2 · register, each share 0–1, less for a short text.

    Terms: different ones against 0.8·√words (different words grow with the root of a text's
    length, Heaps' law), at least 3. Diversity: the moving-average type-token ratio over 50
    words (Covington and McFall 2010), 0.5 counting as none and 0.8 as full. Register: 20
    percentage points lost for each informal or shouted word in a hundred.
    """
    words = draft.lower_words
    found = PROFESSIONAL_TERMS.find(words)
    expected = max(3.0, 0.8 * sqrt(len(words)))
    terms = _share(len(set(found)), expected) * _running_text(len(found), len(words), most=0.30)
    diversity = min(1.0, max(0.0, (_type_token_ratio(words) - 0.5) / 0.3))
    n_informal = len(INFORMAL_TERMS.find(words)) + sum(_is_shouted(word) for word in draft.words)
    register = max(0.0, 1 - 20 * n_informal / max(1, len(words)))
    value = _evidence(draft) * (5 * terms + 3 * diversity + 2 * register)
    reason = (
        f"{_count(len(set(found)), 'different professional term')} where about {expected:.0f} would be rich, "
        f"{'varied' if diversity > 0.6 else 'repetitive'} wording, "
        f"{_count(n_informal, 'informal or shouted word') if n_informal else 'no slang'}.{_caution(draft)}"
    )
    return Score(Dimension.VOCABULARY, value, reason)


def score_structure(draft: DraftText) -> Score:
    """JSON: 2 for parsing + 8 · share of its values that say something; 1 where it does not parse.

    Any other text: 3 · sentences + 3 · blocks + 2 · landmarks + 2 · finished, less for a short
    text. Sentences: share of words in different sentences of 3 to 35 words, 85 % counting as
    all, and at least three of them. Blocks: different paragraphs against 1 + words/80.
    Landmarks: two of heading or subject line, list, question, linking words. Finished: it
    does not break off.
    """
    if draft.is_json:
        return _score_json(draft)
    if draft.looks_like_json:
        return Score(Dimension.STRUCTURE, 1.0, "It sets out to be JSON and does not parse.")
    n_words = max(1, len(draft.words))
    sentences = set(draft.sentences)
    clear_words = sum(sentence.count(" ") + 1 for sentence in sentences if sentence.count(" ") < 35)
    clarity = _share(clear_words, 0.85 * n_words) * _share(len(sentences), 3)
    blocks = {block.lower() for block in draft.blocks}
    paragraphs = _share(len(blocks), 1 + n_words / 80)
    landmarks = _landmarks(draft)
    finished = is_finished(draft)
    value = _evidence(draft) * (3 * clarity + 3 * paragraphs + 2 * _share(len(landmarks), 2) + 2 * finished)
    reason = (
        f"{_count(len(sentences), 'different sentence')} in {_count(len(blocks), 'block')}, "
        f"{' and '.join(landmarks) if landmarks else 'no heading, list, question or linking words'}, "
        f"{'finished' if finished else 'breaks off'}."
    )
    return Score(Dimension.STRUCTURE, value, reason)


def score_technical_depth(draft: DraftText) -> Score:
    """4 · technical terms + 2 · reasoning + 2 · figures + 2 · names, less for a short text.

    Each is a share 0–1 of what a rich text of this length has, counting different ones:
    technical terms against 0.7·√words, words that give reasons or conditions against
    0.25·√words, figures (anything with a digit) and technical names (acronyms, identifiers)
    against 0.2·√words.
    """
    words = draft.lower_words
    root = sqrt(len(words))
    found = TECHNICAL_TERMS.find(words)
    reasoning = set(REASONING_TERMS.find(words))
    figures = {word for word in words if any(character.isdecimal() for character in word)}
    names = {word for word in draft.words if _IDENTIFIER.fullmatch(word)}
    sum_of_shares = (
        4 * _share(len(set(found)), max(3.0, 0.7 * root))
        + 2 * _share(len(reasoning), max(1.0, 0.25 * root))
        + 2 * _share(len(figures), max(1.0, 0.2 * root))
        + 2 * _share(len(names), max(1.0, 0.2 * root))
    )
    n_signals = (
        len(found) + sum(word in figures for word in words) + sum(word in names for word in draft.words)
    )
    value = _evidence(draft) * _running_text(n_signals, len(words), most=0.35) * sum_of_shares
    reason = (
        f"{_count(len(set(found)), 'different technical term')}, {_count(len(figures), 'figure')}, "
        f"{_count(len(names), 'acronym or identifier', 'acronyms and identifiers')}, "
        f"{_count(len(reasoning), 'word')} giving reasons or conditions.{_caution(draft)}"
    )
    return Score(Dimension.TECHNICAL_DEPTH, value, reason)


def score_field_guide(draft: DraftText, length: LengthRule) -> Score:
    """5, +3 in the length range, +0.3 a business term up to 2, +1 for two sentences, within 0–10.

    The formula of the field guide, kept as it is for comparison, its faults included: it gives
    an empty text 5.
    """
    in_range = _fills_range(draft, length)
    terms = set(draft.lower_words).intersection(FIELD_GUIDE_TERMS)
    has_sentences = len(_SENTENCE_STOP.findall(draft.text)) >= 2
    value = 5 + 3 * in_range + min(2.0, 0.3 * len(terms)) + 1 * has_sentences
    reason = (
        f"5, {'+3 for the length' if in_range else 'nothing for the length'}, "
        f"+{min(2.0, 0.3 * len(terms)):.1f} for {_count(len(terms), 'business term')}, "
        f"{'+1 for two sentences' if has_sentences else 'nothing for fewer than two sentences'}."
    )
    return Score(Dimension.FIELD_GUIDE, min(10.0, max(0.0, value)), reason)


def _fills_range(draft: DraftText, length: LengthRule) -> bool:
    n_words, n_characters, limit = len(draft.words), len(draft.text), length.platform_limit_characters
    if n_words == 0 or n_words > length.max_words or (limit is not None and n_characters > limit):
        return False
    return n_words >= length.min_words or (limit is not None and n_characters >= 0.8 * limit)


def _score_json(draft: DraftText) -> Score:
    n_values, n_filled = len(draft.json_values), sum(value != "" for value in draft.json_values)
    value = 2 + 8 * n_filled / max(1, n_values)
    return Score(
        Dimension.STRUCTURE, value, f"Valid JSON; {n_filled} of its {n_values} values say something."
    )


def _landmarks(draft: DraftText) -> tuple[str, ...]:
    present = {
        "a heading": _HEADING.search(draft.text) is not None,
        "a list": len(_ITEM.findall(draft.text)) >= 2,
        "a question": any(mark in draft.text for mark in "?？؟"),
        "linking words": len(set(REASONING_TERMS.find(draft.lower_words))) >= 2,
    }
    return tuple(name for name, is_there in present.items() if is_there)


def is_finished(draft: DraftText) -> bool:
    """Whether it ends like a sentence, or with a short line such as a signature or a call to action."""
    last_line = draft.text.rstrip().rpartition("\n")[2]
    is_signature = 0 < len(last_line.split()) <= 4 and len(draft.blocks) > 1
    return is_signature or _FINISHED.search(last_line) is not None


def _type_token_ratio(words: Sequence[str]) -> float:
    """The mean share of different words in every window of 50, or in the whole of a shorter text."""
    if not words:
        return 0.0
    window = min(_DIVERSITY_WINDOW_WORDS, len(words))
    inside: dict[str, int] = {}
    ratios = []
    for position, word in enumerate(words):
        inside[word] = inside.get(word, 0) + 1
        if position >= window:
            leaving = words[position - window]
            inside[leaving] -= 1
            if inside[leaving] == 0:
                del inside[leaving]
        if position >= window - 1:
            ratios.append(len(inside) / window)
    return fmean(ratios)


def _running_text(n_signals: int, n_words: int, most: float) -> float:
    """1 for running text; less where more than the share `most` of all words are signals."""
    return _share(most * n_words, n_signals)


def _share(part: float, whole: float) -> float:
    """part/whole, at most 1; 1 where nothing is asked for."""
    return min(1.0, part / whole) if whole > 0 else 1.0


def _evidence(draft: DraftText) -> float:
    return _share(len(draft.words), _ENOUGH_WORDS)


def _is_shouted(word: str) -> bool:
    return len(word) > 5 and word.isalpha() and word.isupper()


def _caution(draft: DraftText) -> str:
    words = draft.lower_words
    is_english = len(words) < 10 or len(FUNCTION_WORDS.find(words)) >= 0.1 * len(words)
    return "" if is_english else " The text does not look like English, which is all the word list knows."


def _count(n: int, singular: str, plural: str | None = None) -> str:
    return f"{n:,} {singular if n == 1 else plural or singular + 's'}"
