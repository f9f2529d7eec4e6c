"""What the soak asks of the server: texts of every kind, goodbyes in mid-sentence, and nonsense.

Each action returns what it was, for the tally, and raises when it did not end as it should have.
"""

import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import openai

MODELS = ("starter-plain", "starter-rich")
KINDS = ("linkedin_post", "client_email", "technical_article", "quick_social", "marketing")
SCHEMA = {
    "type": "object",
    "properties": {
        "law": {"enum": ["DSA", "GDPR", "COPPA"]},
        "certain": {"type": "boolean"},
        "articles": {
            "type": "array",
            "items": {"type": "integer", "minimum": 1, "maximum": 99},
            "maxItems": 3,
        },
    },
    "required": ["law", "certain", "articles"],
    "additionalProperties": False,
}
UNCOMPILABLE = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": 7}}}
REFUSED: tuple[tuple[dict[str, Any], int], ...] = (
    ({"model": "unheard-of"}, 404),
    ({"model": "absent"}, 404),
    ({"max_tokens": 0}, 400),
    ({"temperature": 9}, 400),
    ({"messages": [{"role": "user", "content": "long " * 5000}]}, 400),
    ({"messages": []}, 400),
    ({"response_format": UNCOMPILABLE}, 400),
)


@dataclass
class Tally:
    """What happened so far. `lost` explains each request that did not end as it should have."""

    ended: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    latencies_seconds: list[float] = field(default_factory=list)
    completion_tokens: int = 0
    texts_by_request: dict[str, str] = field(default_factory=dict)
    compared: int = 0
    changed_texts: int = 0

    def compare(self, request: str, text: str) -> None:
        """The same request with the same seed gives the same text, whoever else is served."""
        self.compared += 1
        self.changed_texts += self.texts_by_request.setdefault(request, text) != text


@dataclass(frozen=True)
class Caller:
    """One client on its way: what it asks with, what it draws from, and where it notes what came of it."""

    client: openai.AsyncOpenAI
    rng: random.Random
    tally: Tally
    topics: Sequence[str]

    def chat(self) -> dict[str, Any]:
        """A request drawn from few enough that many are asked again with the same seed."""
        return {
            "model": self.rng.choice(MODELS),
            "messages": [
                {"role": "system", "content": self.rng.choice(KINDS)},
                {"role": "user", "content": self.rng.choice(self.topics)},
            ],
            "seed": self.rng.randrange(3),
            "temperature": 0.8,
            "max_tokens": 160,
        }


async def whole_text(caller: Caller) -> str:
    asked = caller.chat()
    started = perf_counter()
    answer = await caller.client.chat.completions.create(**asked)
    caller.tally.latencies_seconds.append(perf_counter() - started)
    assert answer.usage is not None
    caller.tally.completion_tokens += answer.usage.completion_tokens
    assert answer.choices[0].finish_reason in ("stop", "length")
    caller.tally.compare(json.dumps(asked), answer.choices[0].message.content or "")
    return "texts"


async def streamed_text(caller: Caller) -> str:
    asked = caller.chat()
    stream = await caller.client.chat.completions.create(**asked, stream=True)
    chunks = [chunk async for chunk in stream]
    assert chunks[-1].choices[0].finish_reason in ("stop", "length"), "the stream broke off"
    caller.tally.compare(json.dumps(asked), "".join(chunk.choices[0].delta.content or "" for chunk in chunks))
    return "streamed texts"


async def background_text(caller: Caller) -> str:
    body = {"copydesk": {"priority": "background", "min_words": 10, "max_words": 60}}
    await caller.client.chat.completions.create(**caller.chat(), extra_body=body)
    return "background texts"


async def several_texts(caller: Caller) -> str:
    answer = await caller.client.chat.completions.create(**caller.chat() | {"max_tokens": 40}, n=3)
    assert len(answer.choices) == 3
    return "requests for several texts"


async def completion(caller: Caller) -> str:
    model, topic = caller.rng.choice(MODELS), caller.rng.choice(caller.topics)
    await caller.client.completions.create(model=model, prompt=f"About {topic}:", max_tokens=40, logprobs=2)
    return "completions"


async def structured_answer(caller: Caller) -> str:
    answer_format = {"type": "json_schema", "json_schema": {"name": "law", "schema": SCHEMA, "strict": True}}
    answer = await caller.client.chat.completions.create(**caller.chat() | {"response_format": answer_format})
    assert json.loads(answer.choices[0].message.content or "")["law"] in ("DSA", "GDPR", "COPPA")
    return "structured answers"


async def left_in_mid_sentence(caller: Caller) -> str:
    stream = await caller.client.chat.completions.create(**caller.chat() | {"max_tokens": 600}, stream=True)
    keep = caller.rng.randrange(1, 20)
    async for _ in stream:
        keep -= 1
        if keep == 0:
            break
    await stream.close()
    return "left in mid-sentence"


async def left_while_waiting(caller: Caller) -> str:
    impatient = caller.client.with_options(timeout=caller.rng.uniform(0.01, 0.3))
    try:
        await impatient.chat.completions.create(**caller.chat() | {"max_tokens": 600})
    except openai.APITimeoutError:
        return "left while waiting"
    return "texts"


async def refused_request(caller: Caller) -> str:
    change, status = caller.rng.choice(REFUSED)
    try:
        await caller.client.chat.completions.create(**caller.chat() | change)
    except openai.APIStatusError as refusal:
        if refusal.status_code == status:
            return "refused as it must be"
        raise
    raise AssertionError(f"{change} was not refused")


async def text_of_a_model_that_was_unloaded(caller: Caller) -> str:
    await caller.client.chat.completions.create(**caller.chat() | {"model": "rare"})
    return "texts of a model that was unloaded"


Action = Callable[[Caller], Awaitable[str]]

ACTIONS: dict[Action, int] = {
    whole_text: 8,
    streamed_text: 5,
    background_text: 2,
    several_texts: 1,
    completion: 2,
    structured_answer: 2,
    left_in_mid_sentence: 3,
    left_while_waiting: 2,
    refused_request: 3,
}
"""How often each is drawn."""
