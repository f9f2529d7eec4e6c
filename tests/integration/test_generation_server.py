"""The generation server as its parent and its clients see it: a real child, real tiny models."""

import asyncio
import hashlib
import io
import json
import shutil
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
import torch
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from transformers import AutoModelForCausalLM, AutoTokenizer

from tests.generation_child import EXIT_SECONDS, TOKEN, Child, configuration, declared, running_child
from tests.integration.tiny_models import CONTEXT_TOKENS, build_gpt2, build_llama

MESSAGES: list[Any] = [{"role": "system", "content": "linkedin_post"}, {"role": "user", "content": "tea"}]
GREEDY: dict[str, Any] = {"model": "llama", "messages": MESSAGES, "temperature": 0, "max_tokens": 24}


# ------------------------------------------------------------------------------ the models


def _truncate(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])


def _change_config(**changes: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return change


def _claim_a_tebibyte(folder: Path) -> None:
    header = json.dumps({"huge": {"dtype": "F32", "shape": [2**38], "data_offsets": [0, 2**40]}}).encode()
    with (folder / "model.safetensors").open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.truncate(8 + len(header) + 2**40)


def _lose_a_tensor(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    del tensors["model.norm.weight"]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def _change_a_byte(folder: Path) -> None:
    """As long as before, and not what its digest says."""
    weights = folder / "model.safetensors"
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    (folder / "digests.json").write_text(json.dumps({weights.name: digest}))
    with weights.open("r+b") as file:
        file.seek(-1, io.SEEK_END)
        file.write(b"!")  # the high byte of a 1.0 is a question mark


UNUSABLE: dict[str, tuple[Callable[[Path], object], int, str, str]] = {
    "absent": (shutil.rmtree, 404, "model_missing", "does not exist"),
    "truncated": (_truncate, 503, "model_damaged", "where its header promises"),
    "altered": (_change_a_byte, 503, "model_damaged", "digest"),
    "lacking": (_lose_a_tensor, 503, "model_damaged", "lack 1 tensors"),
    "huge": (_claim_a_tebibyte, 503, "model_too_large", "huge needs about 1024."),
    "unheard-of": (_change_config(model_type="unheard_of"), 503, "model_unsupported", "'unheard_of'"),
    "remote-code": (
        _change_config(model_type="unheard_of", auto_map={"AutoConfig": "configuration.Config"}),
        503,
        "model_unsupported",
        "run code from its own folder",
    ),
    "mismatched": (
        _change_config(hidden_size=64),
        503,
        "model_damaged",
        "another shape than its config.json",
    ),
}


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    build_llama(folder / "llama")
    build_gpt2(folder / "gpt2")
    build_llama(folder / "endless", ends=False, max_position_embeddings=200_000)
    for name, (spoil, *_) in UNUSABLE.items():
        shutil.copytree(folder / "llama", folder / name)
        spoil(folder / name)
    _end_at_the_fourth_token(folder)
    return folder


def _end_at_the_fourth_token(folder: Path) -> None:
    """A copy of the llama for which the fourth token that it writes greedily ends the text."""
    shutil.copytree(folder / "llama", folder / "ending")
    path = folder / "ending" / "generation_config.json"
    fourth = _reference_tokens(folder / "llama", 4)[-1]
    path.write_text(json.dumps(json.loads(path.read_text()) | {"eos_token_id": [fourth]}))


def _reference_tokens(folder: Path, count: int) -> list[int]:
    """What transformers itself writes greedily for MESSAGES."""
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    prompt = tokenizer.apply_chat_template(
        MESSAGES, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    written = model.generate(**prompt, do_sample=False, max_new_tokens=count, min_new_tokens=count)
    tokens: list[int] = written[0, prompt["input_ids"].shape[1] :].tolist()
    return tokens


# ------------------------------------------------------------------------------ the child


def _configuration(models_dir: Path, **changes: Any) -> dict[str, Any]:
    models = [declared(name) for name in ("llama", "gpt2", "endless", "ending", *UNUSABLE)]
    models.append(declared("unpulled", source="hub", hub_id="org/unpulled"))
    return configuration(models_dir, models) | changes


def _child(models_dir: Path, log: Path, **changes: Any) -> AbstractContextManager[Child]:
    return running_child(_configuration(models_dir, **changes), log)


@pytest.fixture(scope="module")
def address(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with _child(models_dir, tmp_path_factory.mktemp("server") / "stderr.log") as child:
        yield child.wait_until_ready()
        assert child.end() == 0
        for line in child.log.splitlines():
            assert {"event", "level", "timestamp"} <= set(json.loads(line))
        assert TOKEN not in child.log


@pytest.fixture
def client(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{address}/v1", api_key=TOKEN, max_retries=0, timeout=60) as client:
        yield client


@pytest.fixture
async def async_client(address: str) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(
        base_url=f"{address}/v1", api_key=TOKEN, max_retries=0, timeout=60
    ) as client:
        yield client


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}}


def _text(answer: ChatCompletion) -> str:
    return answer.choices[0].message.content or ""


def _streamed_text(chunks: list[ChatCompletionChunk]) -> str:
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def _extension(answer: ChatCompletion | ChatCompletionChunk) -> dict[str, Any]:
    extension: dict[str, Any] = (answer.model_extra or {})["copydesk"]
    return extension


# ------------------------------------------------------------------------------ writing


def test_greedy_text_is_what_transformers_writes(client: openai.OpenAI, models_dir: Path) -> None:
    answer = client.chat.completions.create(**GREEDY)
    tokenizer: Any = AutoTokenizer.from_pretrained(models_dir / "llama")
    expected = tokenizer.decode(_reference_tokens(models_dir / "llama", 24), skip_special_tokens=True)
    assert _text(answer).rstrip("\N{REPLACEMENT CHARACTER}") == expected.rstrip("\N{REPLACEMENT CHARACTER}")
    assert answer.choices[0].finish_reason == "length"


def test_the_answer_accounts_for_itself(client: openai.OpenAI, models_dir: Path) -> None:
    answer = client.chat.completions.create(**GREEDY)
    tokenizer: Any = AutoTokenizer.from_pretrained(models_dir / "llama")
    prompt = tokenizer.apply_chat_template(MESSAGES, add_generation_prompt=True, return_dict=True)
    assert answer.usage is not None
    assert answer.usage.prompt_tokens == len(prompt["input_ids"])
    assert answer.usage.completion_tokens == 24
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + 24
    extension = _extension(answer)
    assert extension["model_revision"].startswith("folder-")
    assert extension["precision"] == ("float32" if extension["device"] == "cpu" else "bfloat16")
    assert extension["fallback_ops"] == []
    assert (extension["energy_joules"] is None) == (extension["energy_scope"] is None)  # where it has a meter
    assert 0 < extension["time_to_first_token_seconds"] <= extension["latency_seconds"]


@pytest.mark.parametrize("model", ["llama", "gpt2"])
def test_the_same_seed_gives_the_same_text(client: openai.OpenAI, model: str) -> None:
    def write(seed: int) -> str:
        return _text(
            client.chat.completions.create(
                model=model, messages=MESSAGES, seed=seed, max_tokens=20, top_p=0.9
            )
        )

    assert write(1) == write(1)
    assert len({write(seed) for seed in range(4)}) == 4


async def test_a_streamed_text_is_the_same_text(async_client: openai.AsyncOpenAI) -> None:
    whole = await async_client.chat.completions.create(
        model="gpt2", messages=MESSAGES, seed=5, max_completion_tokens=60
    )
    stream = await async_client.chat.completions.create(
        model="gpt2",
        messages=MESSAGES,
        seed=5,
        max_completion_tokens=60,
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = [chunk async for chunk in stream]
    assert _streamed_text(chunks) == _text(whole)
    assert len([chunk for chunk in chunks if chunk.choices and chunk.choices[0].delta.content]) > 1
    assert chunks[-2].choices[0].finish_reason == whole.choices[0].finish_reason
    assert chunks[-1].usage == whole.usage
    assert _extension(chunks[-1])["model_revision"] == _extension(whole)["model_revision"]


def test_usage_is_streamed_only_where_it_is_asked_for(client: openai.OpenAI) -> None:
    chunks = list(client.chat.completions.create(**GREEDY, stream=True))
    assert all(chunk.usage is None and chunk.choices for chunk in chunks)


def test_a_stop_string_ends_the_text_before_it(client: openai.OpenAI) -> None:
    text = _text(client.chat.completions.create(**GREEDY))
    stop = text[len(text) // 2 :][:3]
    answer = client.chat.completions.create(**GREEDY, stop=[stop, "never seen"])
    assert _text(answer) == text[: text.index(stop)]
    assert answer.choices[0].finish_reason == "stop"
    streamed = list(client.chat.completions.create(**GREEDY, stop=stop, stream=True))
    assert _streamed_text(streamed) == _text(answer)
    assert streamed[-1].choices[0].finish_reason == "stop"


def test_the_models_own_end_is_a_stop(client: openai.OpenAI) -> None:
    whole = _text(client.chat.completions.create(**GREEDY))
    answer = client.chat.completions.create(**GREEDY | {"model": "ending"})
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 4
    assert whole.startswith(_text(answer))


def test_the_context_ends_a_text_too(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(**GREEDY | {"max_tokens": 2 * CONTEXT_TOKENS})
    assert answer.usage is not None
    assert (answer.usage.total_tokens, answer.choices[0].finish_reason) == (CONTEXT_TOKENS, "length")


async def test_several_people_and_models_at_once(async_client: openai.AsyncOpenAI) -> None:
    async def write(model: str) -> str:
        return _text(await async_client.chat.completions.create(**GREEDY | {"model": model}))

    texts = await asyncio.gather(*(write(model) for model in ("llama", "gpt2", "llama", "gpt2", "llama")))
    assert texts[0] == texts[2] == texts[4] != texts[1] == texts[3]


async def test_a_conversation_about_everything(async_client: openai.AsyncOpenAI) -> None:
    """n, seed, log-probabilities and JSON with the real engine; test_openai_client.py has the shapes."""
    drawn: dict[str, Any] = {"model": "llama", "messages": MESSAGES, "max_tokens": 12}
    several = await async_client.chat.completions.create(**drawn, n=3, seed=4)
    alone = await async_client.chat.completions.create(**drawn, seed=6)
    assert several.choices[2].message.content == _text(alone)
    listed = await async_client.chat.completions.create(**drawn, logprobs=True, top_logprobs=3)
    logprobs = listed.choices[0].logprobs
    assert logprobs is not None
    assert logprobs.content is not None
    assert listed.usage is not None
    assert len(logprobs.content) == listed.usage.completion_tokens
    for token in logprobs.content:
        assert token.logprob <= 0
        assert len(token.top_logprobs) == 3
        assert token.top_logprobs[0].logprob >= token.logprob
    asked = {"type": "object", "properties": {"on": {"type": "boolean"}}, "required": ["on"]}
    schema = asked | {"additionalProperties": False}
    structured = drawn | {"max_tokens": 60, "seed": 1, "response_format": _schema(schema)}
    answer = await async_client.chat.completions.create(**structured)
    assert json.loads(_text(answer)).keys() == {"on"}


async def test_a_completion_goes_on_from_the_prompt_as_it_is(
    async_client: openai.AsyncOpenAI, models_dir: Path
) -> None:
    answer = await async_client.completions.create(
        model="gpt2", prompt="The quick", temperature=0, max_tokens=8
    )
    tokenizer: Any = AutoTokenizer.from_pretrained(models_dir / "gpt2")
    assert answer.usage is not None
    assert answer.usage.prompt_tokens == len(tokenizer("The quick")["input_ids"])
    assert not answer.choices[0].text.startswith("The quick")


# ------------------------------------------------------------------------------ refusals


def test_health_needs_no_token_and_everything_else_does(address: str) -> None:
    assert httpx2.get(f"{address}/healthz").json() == {"status": "ok"}
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}):
        for path in ("/v1/models", "/v1/chat/completions", "/elsewhere"):
            answer = httpx2.get(f"{address}{path}", headers=headers)
            assert answer.status_code == 401
            assert answer.json()["error"]["code"] == "invalid_api_key"


def test_models_are_listed_with_what_is_wrong_with_them(client: openai.OpenAI) -> None:
    listed = {model.id: (model.model_extra or {})["copydesk"] for model in client.models.list()}
    assert listed["llama"]["status"] == "present"
    assert listed["truncated"]["status"] == "damaged"
    assert listed["unpulled"]["status"] == "missing"
    assert "copydesk models pull unpulled" in listed["unpulled"]["remedy"]


@pytest.mark.parametrize(
    ("change", "parameter"),
    [
        ({"n": 0}, "n"),
        ({"n": 9}, "n"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": 100_000}, "max_tokens"),
        ({"max_completion_tokens": 10**9}, "max_completion_tokens"),
        ({"response_format": _schema({"type": "unheard_of"})}, "response_format"),
        ({"response_format": _schema({"$ref": "https://elsewhere.example/schema"})}, "response_format"),
        ({"temperature": 3}, "temperature"),
        ({"top_p": 0}, "top_p"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "stop"),
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"logprobs": True, "top_logprobs": 21}, "top_logprobs"),
        ({"response_format": {"type": "json_schema"}}, "response_format"),
        ({"response_format": {"type": "grammar"}}, "response_format.type"),
        ({"extra_body": {"copydesk": {"max_words": 0}}}, "copydesk.max_words"),
        ({"extra_body": {"copydesk": {"min_words": 9, "max_words": 8}}}, "copydesk"),
        ({"extra_body": {"copydesk": {"unheard_of": 1}}}, "copydesk.unheard_of"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "wizard", "content": "x"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": None}]}, "messages.0.content"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages.0.content.0.type"),
        ({"messages": [{"role": "system", "content": "x"}]}, "messages"),
        ({"messages": [{"role": "user", "content": "x " * 500}]}, "messages"),
    ],
)
def test_a_wrong_parameter_is_named(client: openai.OpenAI, change: dict[str, Any], parameter: str) -> None:
    with pytest.raises(openai.BadRequestError) as refusal:
        client.chat.completions.create(**GREEDY | change)
    assert refusal.value.param == parameter
    assert refusal.value.type == "invalid_request_error"


def test_neutral_values_and_harmless_fields_are_taken(client: openai.OpenAI) -> None:
    client.chat.completions.create(
        **GREEDY,
        n=1,
        frequency_penalty=0,
        logprobs=False,
        response_format={"type": "text"},
        user="U1",
        tool_choice="none",
        extra_body={"best_of": 1, "suffix": ""},
    )


@pytest.mark.parametrize("body", [b"{", b"", b"[]", b'{"model": "\xff"}', b"[" * 100_000, b"9" * 5000])
def test_a_body_that_is_no_json_object_says_what_to_send(address: str, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    for more in ({}, {"Content-Type": "application/x-www-form-urlencoded"}):
        broken = httpx2.post(f"{address}/v1/chat/completions", content=body, headers=headers | more)
        assert (broken.status_code, broken.json()["error"]["type"]) == (400, "invalid_request_error")
        assert "Send a JSON object" in broken.json()["error"]["message"]


def test_half_a_character_is_refused_and_harms_nobody(client: openai.OpenAI, address: str) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    body = json.dumps({"model": "llama", "messages": [{"role": "user", "content": "\ud83c"}]}).encode()
    for _ in range(4):  # more often than a model may fail before it is left alone
        refused = httpx2.post(f"{address}/v1/chat/completions", content=body, headers=headers)
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_value")
    assert client.chat.completions.create(**GREEDY).choices


def test_a_path_that_is_not_served_is_not_found(address: str) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    elsewhere = httpx2.get(f"{address}/v1/elsewhere", headers=headers)
    assert (elsewhere.status_code, set(elsewhere.json())) == (404, {"error"})


def test_an_unknown_model_names_the_known(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="llama, gpt2") as refusal:
        client.chat.completions.create(**GREEDY | {"model": "zebra"})
    assert (refusal.value.code, refusal.value.param) == ("model_not_found", "model")


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_unusable_model_says_why_and_harms_nobody(client: openai.OpenAI, name: str) -> None:
    _, status, code, sentence = UNUSABLE[name]
    for stream in (False, True):
        with pytest.raises(openai.APIStatusError) as refusal:
            client.chat.completions.create(**GREEDY | {"model": name}, stream=stream)
        assert (refusal.value.status_code, refusal.value.code) == (status, code)
        assert sentence in refusal.value.message
        assert ("retry-after" in refusal.value.response.headers) == (status == 503)
    client.chat.completions.create(**GREEDY)


async def test_a_client_that_leaves_ends_its_text(async_client: openai.AsyncOpenAI) -> None:
    """One text is written at a time, so an answer to the next request proves the end of the last."""
    stream = await async_client.chat.completions.create(model="endless", messages=MESSAGES, stream=True)
    async for _ in stream:
        break
    await stream.close()
    await async_client.chat.completions.create(**GREEDY)


async def test_a_client_that_gives_up_waiting_ends_its_text(async_client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.APITimeoutError):
        await async_client.with_options(timeout=0.5).chat.completions.create(
            model="endless", messages=MESSAGES
        )
    await async_client.chat.completions.create(**GREEDY)


# ------------------------------------------------------------------------------ being a child


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "stderr.log"


def test_a_parent_that_goes_away_ends_it_even_in_mid_sentence(models_dir: Path, log: Path) -> None:
    with _child(models_dir, log) as child:
        address = child.wait_until_ready()
        client = openai.OpenAI(base_url=f"{address}/v1", api_key=TOKEN, max_retries=0, timeout=60)
        with (
            client,
            client.chat.completions.create(model="endless", messages=MESSAGES, stream=True) as stream,
        ):
            next(iter(stream))
            assert child.end() == 0


def test_sigterm_ends_it_and_ctrl_c_does_not(models_dir: Path, log: Path) -> None:
    with _child(models_dir, log) as child:
        address = child.wait_until_ready()
        child.process.send_signal(signal.SIGINT)
        assert httpx2.get(f"{address}/healthz").status_code == 200
        child.process.send_signal(signal.SIGTERM)
        assert child.process.wait(EXIT_SECONDS) == 0


def test_a_port_in_use_is_said_in_one_line(models_dir: Path, log: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with _child(models_dir, log, port=port) as child:
            assert child.process.wait(EXIT_SECONDS) == 2
            assert child.stdout.read() == b""
    (line,) = child.log.splitlines()
    assert f"Port {port}" in json.loads(line)["event"]


@pytest.mark.parametrize(
    "wrong", [{"token": 7}, {"port": -1}, {"unheard_of": 1}, {"models": [{"name": "x"}]}]
)
def test_a_wrong_configuration_names_the_field_and_keeps_the_secret(
    models_dir: Path, log: Path, wrong: dict[str, Any]
) -> None:
    with _child(models_dir, log, **wrong) as child:
        assert child.process.wait(EXIT_SECONDS) == 2
    (line,) = child.log.splitlines()
    assert next(iter(wrong)) in json.loads(line)["event"]
    assert TOKEN not in line


def test_only_loopback_is_listened_on(models_dir: Path, log: Path) -> None:
    with _child(models_dir, log, host="0.0.0.0") as child:  # noqa: S104 - that is what must be refused
        assert child.process.wait(EXIT_SECONDS) == 2
    assert "loopback" in child.log
