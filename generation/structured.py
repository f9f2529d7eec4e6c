"""Answers that satisfy a JSON schema, whatever the model. Imports torch and llguidance.

A grammar allows, at every step, only tokens that keep the answer valid (llguidance), and near the
end of its tokens only those of the shortest way to finish it (closing), so that it is always
valid and always finished.
"""

import json
from functools import lru_cache
from typing import Any

import llguidance
import numpy as np
import torch
from jsonschema import Draft202012Validator
from llguidance.hf import from_tokenizer
from transformers import PreTrainedTokenizerFast

from generation.closing import Kind, Way, find_ways
from generation.errors import AnswerInvalid, AnswerTruncated, InvalidRequest
from generation.schema_bounds import Prices, as_schema, bound_tree
from generation.schema_tree import Node, Text, read_schema, refused

_GRAMMARS_KEPT = 64
_LONGEST_MATCH_TRIED = 4096
# One way of writing: no freedom in white space, so that none can go on for ever.
_JSON_STYLE: Any = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
_NUMBER_CHARACTERS = b"0123456789.eE+-"
_NUMBER_SEARCH_DEPTH, _NUMBER_SEARCH_STEPS = 8, 3000


class GrammarCompiler:
    """Compiles grammars for one model; keeps those used last.

    `vocabulary_size` is that of the model's logits, which is often padded beyond the tokenizer's.
    May be called from any thread. Raises InvalidRequest if this tokenizer cannot write JSON.
    """

    def __init__(self, tokenizer: Any, end_tokens: frozenset[int], vocabulary_size: int) -> None:
        if not isinstance(tokenizer, PreTrainedTokenizerFast):
            raise _unable("its tokenizer has no fast version")
        ends = sorted(token for token in end_tokens if token < vocabulary_size)
        try:
            self.vocabulary = Vocabulary(tokenizer, ends, vocabulary_size)
        except ValueError as error:
            raise _unable(f"its tokenizer cannot be used ({error})") from error
        self.compile = lru_cache(maxsize=_GRAMMARS_KEPT)(self._compile)

    def _compile(self, json_schema: str, max_tokens: int) -> "Grammar":
        """The grammar of a JSON Schema (JSON text) for an answer of at most `max_tokens` tokens.

        Raises InvalidRequest(parameter="response_format").
        """
        prices = Prices(self.vocabulary.count_tokens)
        tree = bound_tree(read_schema(json_schema), max_tokens, prices, self._shortest_match)
        grammar = self._grammar_of(as_schema(tree))
        if self.vocabulary.lacks(json_schema):
            raise _unable(f"its vocabulary lacks {self.vocabulary.lacks(json_schema)!r}")
        return Grammar(self.vocabulary, grammar, tree, prices, max_tokens)

    def _grammar_of(self, schema: dict[str, Any]) -> str:
        if problem := self._problem(schema):
            raise refused(problem)
        return _grammar_text(schema)

    def _problem(self, schema: dict[str, Any]) -> str:
        try:
            problem = llguidance.LLMatcher.validate_grammar(_grammar_text(schema), self.vocabulary.tokenizer)
        except ValueError as error:  # numbers beyond what its own reader holds
            problem = str(error)
        return " ".join(problem.split())[:300]

    def _shortest_match(self, text: Text) -> int:
        """The fewest characters that satisfy a string's pattern or format, by bisection."""
        least, most = text.min_length - 1, max(8, text.min_length)
        while self._problem(as_schema(_with_length(text, most))):
            least, most = most, 2 * most
            if most > _LONGEST_MATCH_TRIED:
                keyword = "pattern" if text.pattern is not None else "format"
                raise refused(f'"{keyword}": {self._problem(as_schema(_with_length(text, least)))}')
        while most - least > 1:
            middle = (least + most) // 2
            if self._problem(as_schema(_with_length(text, middle))):
                least = middle
            else:
                most = middle
        return most


class Grammar:
    """What an answer may look like. Shared by all answers of one schema and number of tokens."""

    def __init__(self, vocabulary: "Vocabulary", grammar: str, tree: Node, prices: Prices, max_tokens: int):
        self.vocabulary, self.tree, self.prices, self.max_tokens = vocabulary, tree, prices, max_tokens
        self.closing_tokens = prices.worst(tree) + 1
        self._matcher = llguidance.LLMatcher(vocabulary.tokenizer, grammar, log_level=0)

    def start(self) -> "GrammarState":
        """The state before the first token."""
        return GrammarState(self, self._matcher.deep_copy())


class GrammarState:
    """How far one answer has come. Before each token `restrict`, after it `accept`."""

    def __init__(self, grammar: Grammar, matcher: llguidance.LLMatcher) -> None:
        self._grammar, self._matcher = grammar, matcher
        self._vocabulary = grammar.vocabulary
        self._written = bytearray()
        self._tokens_left = grammar.max_tokens

    @property
    def is_complete(self) -> bool:
        """Whether the answer is whole, so that the text ends here, with or without an end token."""
        if self._vocabulary.ends:
            return self._matcher.is_stopped()
        return self._matcher.is_accepting()

    def restrict(self, logits: torch.Tensor) -> None:
        """Set the logits (vocabulary,) of every token that may not come next to minus infinity, in place.

        Nothing else may lift a token afterwards. Raises AnswerInvalid if the grammar has given up.
        """
        allowed = self._allowed()
        if self._tokens_left <= self._grammar.closing_tokens:
            allowed = self._closing(allowed)
        if not allowed.any():
            raise AnswerInvalid(_given_up(self._matcher.get_error() or "no token may come next"))
        with torch.inference_mode():
            forbidden = torch.from_numpy(~allowed).to(logits.device)
            logits.masked_fill_(forbidden, -torch.inf)

    def accept(self, token: int) -> None:
        """Take the token that was drawn. Raises AnswerInvalid for one that was not allowed."""
        self._tokens_left -= 1
        if self._matcher.is_stopped() and token in self._vocabulary.ends:
            return
        if not self._matcher.consume_token(token):
            raise AnswerInvalid(_given_up(self._matcher.get_error()))
        if token not in self._vocabulary.ends:
            self._written += self._vocabulary.texts[token]

    def _allowed(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        words = np.zeros(self._vocabulary.mask_words, dtype=np.uint32)
        self._matcher.unsafe_compute_mask_ptr(words.ctypes.data, words.nbytes)
        bits = np.unpackbits(words.view(np.uint8), bitorder="little")
        return bits[: self._vocabulary.size].view(np.bool_)

    def _closing(self, allowed: np.ndarray[Any, np.dtype[np.bool_]]) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Of the allowed tokens those on the shortest way to the end."""
        if self._matcher.is_accepting() and allowed[self._vocabulary.ends].any():
            return allowed & self._vocabulary.only(self._vocabulary.ends)
        for way in find_ways(self._grammar.tree, bytes(self._written), self._grammar.prices):
            chosen = allowed & self._tokens_of(way, allowed)
            if chosen.any():
                return chosen
        return allowed

    def _tokens_of(
        self, way: Way, allowed: np.ndarray[Any, np.dtype[np.bool_]]
    ) -> np.ndarray[Any, np.dtype[np.bool_]]:
        vocabulary = self._vocabulary
        match way.kind:
            case Kind.LITERAL:
                return vocabulary.only(vocabulary.longest(way.text.encode("latin-1"), allowed))
            case Kind.WORD:
                return vocabulary.bare
            case Kind.NUMBER:
                digits = self._shortest_digits()
                return vocabulary.only(vocabulary.longest(digits, allowed)) if digits else vocabulary.numeric
        escaped = (len(self._written) - len(self._written.rstrip(b"\\"))) % 2 == 1
        quotes = [token for token in vocabulary.by_text.get(b'"', ()) if allowed[token]]
        if quotes and not escaped:
            return vocabulary.only(quotes)
        if (allowed & vocabulary.plain).any():
            return vocabulary.plain
        return vocabulary.unquoted | vocabulary.only(quotes)

    def _shortest_digits(self) -> bytes:
        """What must follow until a number that cannot end here can. Empty if it has not begun."""
        if not self._written or self._written[-1] not in _NUMBER_CHARACTERS:
            return b""
        steps, layer = 0, [(b"", self._matcher)]
        for _ in range(_NUMBER_SEARCH_DEPTH):
            longer = []
            for text, matcher in layer:
                for digit in (b"0", b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"8", b"9", b"."):
                    steps += 1
                    if (after := self._after(matcher, digit)) is None:
                        continue
                    if self._may_end(after):
                        return text + digit
                    longer.append((text + digit, after))
                if steps > _NUMBER_SEARCH_STEPS:
                    return b""
            layer = longer
        return b""

    def _after(self, matcher: llguidance.LLMatcher, text: bytes) -> llguidance.LLMatcher | None:
        token = self._vocabulary.by_text[text][0]
        if not matcher.validate_tokens([token]):
            return None
        copy = matcher.deep_copy()
        copy.consume_token(token)
        return copy

    def _may_end(self, matcher: llguidance.LLMatcher) -> bool:
        ends = (self._vocabulary.by_text[text][0] for text in (b",", b"}", b"]"))
        return matcher.is_accepting() or any(matcher.validate_tokens([token]) for token in ends)


class Vocabulary:
    """What each token writes, and the sets of tokens that closing an answer needs."""

    def __init__(self, tokenizer: Any, ends: list[int], size: int) -> None:
        self.size, self.ends = size, ends
        self.tokenizer = from_tokenizer(tokenizer, n_vocab=max(size, len(tokenizer)), eos_token=ends or None)
        self.mask_words = (self.tokenizer.vocab_size + 31) // 32
        special = self.tokenizer.is_special_token
        self.texts = [
            b"" if special(token) else self.tokenizer.decode_bytes([token]) for token in range(size)
        ]
        self.by_text: dict[bytes, list[int]] = {}
        for token, text in enumerate(self.texts):
            if text:
                self.by_text.setdefault(text, []).append(token)
        self._longest_text = max(map(len, self.by_text), default=0)
        self.numeric = self._tokens_of_bytes(_NUMBER_CHARACTERS)
        self.bare = self._tokens_of_bytes(_NUMBER_CHARACTERS + b"abcdefghijklmnopqrstuvwxyz")
        self.plain = self._tokens_of_bytes(bytes(set(range(0x20, 0x7F)) - set(b'"\\')))
        self.unquoted = np.array([bool(text) and b'"' not in text for text in self.texts], dtype=np.bool_)

    def only(self, tokens: list[int]) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """A mask (vocabulary,) of these tokens."""
        mask = np.zeros(self.size, dtype=np.bool_)
        mask[tokens] = True
        return mask

    def longest(self, text: bytes, allowed: np.ndarray[Any, np.dtype[np.bool_]]) -> list[int]:
        """The allowed tokens that write the longest beginning of a text."""
        for length in range(min(len(text), self._longest_text), 0, -1):
            if tokens := [token for token in self.by_text.get(text[:length], ()) if allowed[token]]:
                return tokens
        return []

    def count_tokens(self, text: str) -> int:
        """How many tokens writing a text takes, always the longest one first."""
        rest, count = text.encode(), 0
        while rest:
            lengths = range(min(len(rest), self._longest_text), 0, -1)
            rest = rest[next((length for length in lengths if rest[:length] in self.by_text), 1) :]
            count += 1
        return count

    def lacks(self, json_schema: str) -> str:
        """The ASCII characters of JSON or of this schema that no token writes alone."""
        needed = {*'{}[]":, -.0123456789truefalsn', *json_schema} - {"\n", "\r", "\t"}
        return "".join(sorted(one for one in needed if one.isascii() and one.encode() not in self.by_text))

    def _tokens_of_bytes(self, allowed: bytes) -> np.ndarray[Any, np.dtype[np.bool_]]:
        return np.array([bool(text) and not text.strip(allowed) for text in self.texts], dtype=np.bool_)


def check_answer(text: str, json_schema: str) -> None:
    """Check a finished answer against the schema it was asked for ("{}" means any JSON object).

    Raises AnswerTruncated for a text that breaks off, AnswerInvalid for any other that is wrong.
    """
    try:
        answer = json.loads(text)
    except json.JSONDecodeError as error:
        if _breaks_off(text, error):
            raise AnswerTruncated from error
        raise AnswerInvalid(f"The answer is no JSON: {error}. {_TRY_AGAIN}") from error
    schema = json.loads(json_schema)
    if problem := next(Draft202012Validator(schema or {"type": "object"}).iter_errors(answer), None):
        raise AnswerInvalid(f"The answer does not satisfy the schema at {problem.json_path}. {_TRY_AGAIN}")


def _breaks_off(text: str, error: json.JSONDecodeError) -> bool:
    """Whether the decoder stumbles over the end of the text: a string, a word or an escape cut off."""
    if error.msg.startswith("Extra data"):
        return False
    return error.msg.startswith("Unterminated string") or len(text.rstrip()) - error.pos < len("\\uXXXX")


_TRY_AGAIN = "Nothing of it was kept. Try again with another seed."


def _given_up(reason: str) -> str:
    first_line = reason.strip().partition("\n")[0]
    return f"The grammar gave up in the middle of the answer ({first_line}). {_TRY_AGAIN}"


def _unable(reason: str) -> InvalidRequest:
    return InvalidRequest(
        f"This model cannot be held to a JSON schema: {reason}. Ask another model.",
        parameter="response_format",
    )


def _grammar_text(schema: dict[str, Any]) -> str:
    return llguidance.LLMatcher.grammar_from_json_schema(json.dumps(schema), overrides=_JSON_STYLE)


def _with_length(text: Text, longest: int) -> Text:
    return Text(text.min_length, min(longest, text.max_length or longest), text.pattern, text.format)
