"""DraftText: a draft taken apart into words, sentences and blocks, in whatever script it is."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

_UNSPACED = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f"  # Myanmar
    "\u1780-\u17ff"  # Khmer
    "\u3040-\u30ff"  # Hiragana, Katakana
    "\u3400-\u4dbf\u4e00-\u9fff"  # Han
)
_WORD_SEPARATOR = re.compile(r"[\s—–]+")
_UNSPACED_PIECE = re.compile(f"[{_UNSPACED}]{{1,2}}|[^{_UNSPACED}]+")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)\]*_]*\s+(?=[^a-z])|(?<=[。！？])|\n+")
_BLANK_LINE = re.compile(r"\n\s*\n")
_CODE_FENCE = re.compile(r"\A```(?:json)?\s*\n(.*)\n```\s*\Z", re.DOTALL)
_LOOKS_LIKE_JSON = re.compile(r"\A(?:\{|\[\s*[\[{\"\d\]])")
_MIN_SENTENCE_WORDS = 3


@dataclass(frozen=True)
class DraftText:
    """A draft's `text` and what can be counted in it. Every property is computed once."""

    text: str

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words in order, as written but without punctuation around them.

        Whatever stands between spaces or dashes and has a letter or digit is a word. Scripts
        written without spaces count two characters as one. Of JSON, the keys and values
        count, so that its layout does not change the number.
        """
        return tuple(_words(" ".join(self.json_leaves) if self.is_json else self.text))

    @cached_property
    def lower_words(self) -> tuple[str, ...]:
        return tuple(word.lower() for word in self.words)

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """Sentences, headings and list items of at least three words, in lower case."""
        units = (" ".join(_words(unit)).lower() for unit in _SENTENCE_END.split(self.text))
        return tuple(unit for unit in units if unit.count(" ") >= _MIN_SENTENCE_WORDS - 1)

    @cached_property
    def blocks(self) -> tuple[str, ...]:
        """The paragraphs, headings and lists: what blank lines set apart and has words."""
        return tuple(block.strip() for block in _BLANK_LINE.split(self.text) if any(_words(block)))

    @property
    def looks_like_json(self) -> bool:
        """Whether the text sets out to be a JSON object or array."""
        return _LOOKS_LIKE_JSON.match(self._unfenced) is not None

    @property
    def is_json(self) -> bool:
        """Whether the text, or all of it inside one code fence, is a JSON object or array."""
        return isinstance(self._json, (dict, list))

    @cached_property
    def json_leaves(self) -> tuple[str, ...]:
        """The keys and values of valid JSON in order, as words; what is null or empty as ""."""
        return tuple(_leaves(self._json)) if self.is_json else ()

    @cached_property
    def json_values(self) -> tuple[str, ...]:
        """The values alone."""
        return tuple(_leaves(self._json, with_keys=False)) if self.is_json else ()

    @cached_property
    def _unfenced(self) -> str:
        fenced = _CODE_FENCE.match(self.text.strip())
        return (fenced[1] if fenced else self.text).strip()

    @cached_property
    def _json(self) -> object:
        if not self.looks_like_json:
            return None
        try:
            return json.loads(self._unfenced)
        except (ValueError, RecursionError):
            return None


def _words(text: str) -> Iterator[str]:
    for piece in _WORD_SEPARATOR.split(text):
        for part in _UNSPACED_PIECE.findall(piece):
            if word := _without_edges(part):
                yield word


def _without_edges(part: str) -> str:
    """What lies between the first and the last letter or digit. A pattern would be quadratic here."""
    inside = [position for position, character in enumerate(part) if character.isalnum()]
    return part[inside[0] : inside[-1] + 1] if inside else ""


def _leaves(value: object, *, with_keys: bool = True) -> Iterator[str]:
    pending = [value]
    while pending:
        match pending.pop():
            case dict() as members if members:
                for key, member in reversed(members.items()):
                    pending.append(member)
                    if with_keys:
                        pending.append(str(key))
            case list() as items if items:
                pending.extend(reversed(items))
            case None | {} | []:
                yield ""
            case leaf:
                yield str(leaf).strip()
