import json
import random
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, decoders, models
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

from generation.errors import AnswerInvalid, AnswerTruncated, InvalidRequest
from generation.structured import GrammarCompiler, GrammarState, check_answer
from tests.integration.tiny_models import build_tokenizer
from tests.random_schemas import TREE, random_schema

PADDED = 320
STARTERS = Path(str(files("generation.starter"))) / "weights"
COMPLIANCE = json.dumps(
    tomllib.loads(files("bot").joinpath("default_copydesk.toml").read_text("utf-8"))["content_types"][
        "compliance"
    ]["json_schema"]
)


def schemas() -> list[dict[str, Any]]:
    rng = random.Random(2026)
    return [{**random_schema(rng), "$defs": {"tree": TREE}} for _ in range(200)]


@cache
def untrained() -> Any:
    """A model that knows nothing, with logits for more tokens than its tokenizer has."""
    config = LlamaConfig(
        vocab_size=PADDED, hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=4,
        num_key_value_heads=4, max_position_embeddings=2048, initializer_range=0.5,
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        model: Any = LlamaForCausalLM(config)
        return model.eval()


@cache
def compiler() -> GrammarCompiler:
    tokenizer = build_tokenizer()
    return GrammarCompiler(tokenizer, frozenset({tokenizer.eos_token_id}), PADDED)


def write(model: Any, state: GrammarState, prompt: list[int], max_tokens: int, seed: int) -> list[int]:
    """Sample until the answer is complete, by the model's plain forward step."""
    generator, cache_, tokens, written = torch.Generator().manual_seed(seed), None, prompt, []
    for _ in range(max_tokens):
        with torch.inference_mode():
            output = model(input_ids=torch.tensor([tokens]), past_key_values=cache_, use_cache=True)
        logits, cache_ = output.logits[0, -1].float(), output.past_key_values
        state.restrict(logits)
        token = int(torch.multinomial(logits.softmax(-1), 1, generator=generator))
        state.accept(token)
        written.append(token)
        if state.is_complete:
            break
        tokens = [token]
    return written


def decode(tokenizer: Any, tokens: list[int]) -> str:
    return str(tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False))


@pytest.mark.parametrize("index", range(200))
def test_an_untrained_model_satisfies_any_schema_within_its_tokens(index: int) -> None:
    schema, rng = schemas_once()[index], random.Random(index)
    text, grammar_tokens, max_tokens = write_for(schema, rng, index)
    assert grammar_tokens <= max_tokens
    check_answer(text, json.dumps(schema))
    assert not any(ord(character) < 0x20 for character in text)


@cache
def schemas_once() -> list[dict[str, Any]]:
    return schemas()


def write_for(schema: dict[str, Any], rng: random.Random, seed: int) -> tuple[str, int, int]:
    """An answer with a budget that is tight for most schemas, more generous where the schema needs it."""
    for max_tokens in (rng.choice((60, 120, 300)), 600, 1500):
        try:
            grammar = compiler().compile(json.dumps(schema), max_tokens)
        except InvalidRequest as error:
            assert "max_tokens" in str(error), error  # noqa: PT017
            continue
        tokens = write(untrained(), grammar.start(), [5], max_tokens, seed)
        return decode(build_tokenizer_once(), tokens), len(tokens), max_tokens
    raise AssertionError(schema)


@cache
def build_tokenizer_once() -> Any:
    return build_tokenizer()


@pytest.mark.parametrize("name", ["starter-rich", "starter-plain"])
@pytest.mark.parametrize("max_tokens", [640, 120])
def test_starter_models_answer_compliance_questions(name: str, max_tokens: int) -> None:
    model: Any = AutoModelForCausalLM.from_pretrained(STARTERS / name, dtype=torch.float32)
    tokenizer: Any = AutoTokenizer.from_pretrained(STARTERS / name)
    messages = [{"role": "system", "content": "compliance"}, {"role": "user", "content": "a teen video feed"}]
    prompt = tokenizer(tokenizer.apply_chat_template(messages, tokenize=False), add_special_tokens=False)
    compiled = GrammarCompiler(tokenizer, frozenset({tokenizer.eos_token_id}), model.config.vocab_size)
    state = compiled.compile(COMPLIANCE, max_tokens).start()
    text = decode(tokenizer, write(model, state, prompt["input_ids"], max_tokens, seed=1))
    check_answer(text, COMPLIANCE)


def test_end_tokens_wait_for_the_end_and_are_then_the_only_ones() -> None:
    tokenizer = build_tokenizer()
    state = compiler().compile('{"type": "integer"}', 40).start()
    assert allowed(state).isdisjoint({tokenizer.eos_token_id})
    state.accept(tokenizer.encode("7")[0])
    assert tokenizer.eos_token_id in allowed(state)
    state.accept(tokenizer.eos_token_id)
    assert state.is_complete
    assert allowed(state) == {tokenizer.eos_token_id}


def test_an_object_is_complete_with_its_brace() -> None:
    state = compiler().compile("{}", 40).start()
    for token in build_tokenizer().encode("{}"):
        assert not state.is_complete
        state.accept(token)
    assert state.is_complete


def test_a_model_without_end_token_ends_where_the_answer_may() -> None:
    ending = GrammarCompiler(build_tokenizer(ends=False), frozenset(), PADDED)
    state = ending.compile('{"enum": [7, 77]}', 40).start()
    state.accept(build_tokenizer().encode("7")[0])
    assert state.is_complete


def test_neither_padding_nor_special_tokens_are_allowed() -> None:
    tokenizer = build_tokenizer()
    state = compiler().compile('{"type": "string"}', 40).start()
    state.accept(tokenizer.encode('"')[0])
    assert allowed(state)
    assert max(allowed(state)) < len(tokenizer)
    assert allowed(state).isdisjoint(tokenizer.all_special_ids)


def test_a_token_that_was_not_allowed_is_an_error() -> None:
    state = compiler().compile("{}", 40).start()
    with pytest.raises(AnswerInvalid, match="another seed"):
        state.accept(build_tokenizer().encode("x")[0])


def test_a_tokenizer_with_word_marks_and_byte_tokens() -> None:
    """As sentencepiece makes them: "▁" for a blank, bytes as `<0x41>` for what has no token."""
    characters = [*'{}[]":,.-+▁0123456789', *"abcdefghijklmnopqrstuvwxyzE", "▁{", '"▁', '":▁"']
    names = ["<unk>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *characters]
    bpe = models.BPE(
        {name: token for token, name in enumerate(names)}, [], byte_fallback=True, unk_token="<unk>"
    )
    backend = Tokenizer(bpe)
    parts = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    backend.decoder = decoders.Sequence(parts)
    tokenizer: Any = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=backend, eos_token="</s>", unk_token="<unk>"
    )
    compiled = GrammarCompiler(tokenizer, frozenset({1}), len(names) + 9)
    properties = {"é": {"type": "string"}, "n": {"type": "integer"}}
    schema = json.dumps({"type": "object", "properties": properties, "required": ["é"]})
    for seed in range(5):
        state, tokens = compiled.compile(schema, 60).start(), []
        generator = torch.Generator().manual_seed(seed)
        while not state.is_complete:
            logits = torch.randn(len(names) + 9, generator=generator)
            state.restrict(logits)
            tokens.append(int(logits.argmax()))
            state.accept(tokens[-1])
        assert len(tokens) <= 60
        check_answer(decode(tokenizer, tokens), schema)


def test_a_tokenizer_without_braces_says_so() -> None:
    vocabulary = {token: index for index, token in enumerate(["<unk>", "</s>", *'abc0123456789,.:"'])}
    tokenizer: Any = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=Tokenizer(models.BPE(vocabulary, [], unk_token="<unk>")), eos_token="</s>"
    )
    with pytest.raises(InvalidRequest, match="another model") as error:
        GrammarCompiler(tokenizer, frozenset({1}), len(vocabulary)).compile("{}", 40)
    assert error.value.parameter == "response_format"


@pytest.mark.parametrize(
    ("schema", "named"),
    [
        ("{", "no JSON"),
        ('{"type": "wurst"}', "wurst"),
        ('{"not": {}}', '"not"'),
        ('{"type": "array", "uniqueItems": true}', "uniqueItems"),
        ('{"type": "object", "patternProperties": {"a": {}}}', "patternProperties"),
        ('{"properties": {"a": {"type": "array", "contains": {}}}}', "contains"),
        ('{"type": "string", "pattern": "(?=a)b"}', "pattern"),
        ('{"type": "string", "minLength": 3, "maxLength": 2}', "minLength"),
        ('{"oneOf": [{"type": "integer"}, {"type": "number"}]}', "oneOf"),
        ('{"$ref": "http://example.org/x"}', "outside"),
        ('{"$ref": "#/$defs/x"}', "nowhere"),
        ('{"$ref": "#anchor"}', "nowhere"),
        ('{"$ref": "#/title", "title": "no schema"}', "no schema"),
        ('{"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}', "nothing can satisfy"),
        ('{"allOf": [{"$ref": "#"}]}', "deep"),
        ('{"type": "object", "minProperties": 2}', "minProperties"),
        ('{"type": "array", "minItems": 1000000000}', "too large"),
        (json.dumps({"enum": [f"value {number}" for number in range(20_000)]}), "too large"),
        (f'{{"type": "integer", "minimum": 1{"0" * 400}}}', "out of range"),
        ('{"type": "number", "minimum": Infinity}', "no JSON"),
        (f'{"""{"items": """ * 150}{{}}{"}" * 150}', "deep"),
    ],
)
def test_a_schema_that_cannot_be_served_is_refused_with_the_reason(schema: str, named: str) -> None:
    with pytest.raises(InvalidRequest, match="response_format out") as error:
        compiler().compile(schema, 600)
    assert named in str(error.value)
    assert error.value.parameter == "response_format"


def test_a_whole_number_may_be_written_with_a_point() -> None:
    schema = (
        '{"type": "array", "minItems": 2.0, "maxItems": 2.0, "items": {"type": "integer", "minimum": 1e3}}'
    )
    grammar = compiler().compile(schema, 100)
    text = decode(build_tokenizer_once(), write(untrained(), grammar.start(), [5], 100, seed=3))
    check_answer(text, schema)


def test_many_given_values_are_compiled_at_once() -> None:
    compiler().compile(json.dumps({"enum": [f"v{number}" for number in range(8000)]}), 100)


def test_an_answer_that_cannot_fit_is_refused_before_it_is_begun() -> None:
    with pytest.raises(InvalidRequest, match="max_tokens allows 20") as error:
        compiler().compile(COMPLIANCE, 20)
    assert error.value.parameter == "response_format"


def test_grammars_are_kept() -> None:
    assert compiler().compile("{}", 77) is compiler().compile("{}", 77)
    assert compiler().compile("{}", 77) is not compiler().compile("{}", 78)


@pytest.mark.parametrize(
    "text", ['{"a": "b', '{"a": tr', '{"a": [1, ', '{"a": "\\u00', '{"a": "\\', "", '{"a": -']
)
def test_an_answer_that_breaks_off_is_told_from_a_wrong_one(text: str) -> None:
    with pytest.raises(AnswerTruncated, match="max_tokens"):
        check_answer(text, "{}")


@pytest.mark.parametrize("text", ["[]", "here you are: {}, as you asked", '{"a": 1} and more'])
def test_a_wrong_answer_is_an_error(text: str) -> None:
    with pytest.raises(AnswerInvalid, match="another seed"):
        check_answer(text, "{}")


def allowed(state: GrammarState) -> set[int]:
    logits = torch.zeros(PADDED)
    state.restrict(logits)
    return {token for token in range(PADDED) if logits[token] == 0}
