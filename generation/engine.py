"""Writing with a transformers model, token by token. Imports torch and transformers.

The boundary: the model comes in loaded (loading), settings come in valid (the server), one text
is written at a time.
"""

import inspect
import random
from collections.abc import Generator, Mapping
from typing import Any

import jinja2
import torch

from generation.devices import dtype_name, is_out_of_memory, release_memory
from generation.errors import InvalidRequest, OutOfMemory, PromptTooLong
from generation.prompts import Messages
from generation.sampling import draw_token
from generation.text_model import Piece, Prepared, WritingOrder
from generation.text_stream import IncrementalDecoder, StopScanner

# For models that state no limit (position by distance): a context that was surely trained.
_FALLBACK_CONTEXT_TOKENS = 2048


class TransformersModel:
    """A causal language model with its tokenizer, on one device. Its batch holds one text."""

    method = "one by one"

    def __init__(self, model: Any, tokenizer: Any, revision: str) -> None:
        self.revision = revision
        self.precision = dtype_name(model.dtype)
        self.device = str(model.device.type)
        stated = getattr(model.config.get_text_config(), "max_position_embeddings", None)
        self.context_tokens = stated or _FALLBACK_CONTEXT_TOKENS
        self._model = model
        self._tokenizer = tokenizer
        self._end_tokens = _end_tokens(model, tokenizer)
        self._control_tokens = _control_tokens(tokenizer)
        takes_logits_to_keep = "logits_to_keep" in inspect.signature(model.forward).parameters
        self._texts: dict[str, Generator[Piece]] = {}
        self._step_options = {"logits_to_keep": 1} if takes_logits_to_keep else {}

    def prepare(self, order: WritingOrder) -> Prepared:
        if isinstance(order.messages, str):
            return Prepared(tuple(self._tokenizer(order.messages)["input_ids"]))
        return Prepared(tuple(self.encode(order.messages)))

    def has_room(self, prepared: Prepared, order: WritingOrder) -> bool:  # noqa: ARG002
        return not self._texts

    def admit(self, key: str, prepared: Prepared, order: WritingOrder) -> None:
        self._texts[key] = self.write(list(prepared.tokens), order)

    def step(self) -> Mapping[str, Piece]:
        pieces = {key: next(text) for key, text in self._texts.items()}
        self._texts = {key: text for key, text in self._texts.items() if not pieces[key].finish_reason}
        return pieces

    def drop(self, key: str) -> None:
        self._texts.pop(key, None)

    def encode(self, messages: Messages) -> list[int]:
        """The prompt's tokens, by the model's chat template; without one, the contents as paragraphs.

        Raises PromptTooLong, and InvalidRequest if the template refuses the messages.
        """
        messages = tuple({**message, "content": self._plain(message["content"])} for message in messages)
        if self._tokenizer.chat_template:
            tokens = self._tokenizer(self._render(messages), add_special_tokens=False)["input_ids"]
        else:
            tokens = self._tokenizer("".join(f"{message['content']}\n\n" for message in messages))[
                "input_ids"
            ]
        if len(tokens) >= self.context_tokens:
            raise PromptTooLong(len(tokens), self.context_tokens)
        return list(tokens)

    def write(self, prompt: list[int], order: WritingOrder) -> Generator[Piece]:
        """Write until the model ends, a stop string appears, or no more tokens are allowed.

        One piece a token, so that whoever iterates can give up after any step. Raises OutOfMemory.
        """
        room = self.context_tokens - len(prompt)
        limit = min(order.max_tokens or room, room)
        rng = random.Random(order.seed)
        decoder, scanner = IncrementalDecoder(self._decode), StopScanner(order.stop)
        tokens, cache = prompt, None
        for written in range(1, limit + 1):
            logits, cache = self._step(tokens, cache)
            token = draw_token(logits, order.temperature, order.top_p, rng.random())
            if token in self._end_tokens:
                yield Piece(scanner.flush(), written, "stop")
                return
            text = scanner.push(decoder.push(token))
            if scanner.stopped:
                yield Piece(text, written, "stop")
                return
            if written == limit:
                yield Piece(text + scanner.flush(), written, "length")
                return
            yield Piece(text, written)
            tokens = [token]

    def _step(self, tokens: list[int], cache: Any) -> tuple[torch.Tensor, Any]:
        """The logits (vocabulary,) that follow `tokens` (all of the prompt, then one at a time)."""
        try:
            with torch.inference_mode():
                ids = torch.tensor([tokens], device=self._model.device)
                output = self._model(
                    input_ids=ids, past_key_values=cache, use_cache=True, **self._step_options
                )
                return output.logits[0, -1].float(), output.past_key_values
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        release_memory()
        raise OutOfMemory(
            "Memory ran out while this text was being written, and the text was given up. Try again with "
            "fewer max_tokens or a smaller model, or close other programs."
        )

    def _render(self, messages: Messages) -> str:
        try:
            return self._apply_template(messages)
        except jinja2.TemplateError as error:
            # Some templates know no system role; the instruction then opens the user's message.
            if messages[0]["role"] != "system" or len(messages) < 2 or messages[1]["role"] != "user":
                raise _refused(error) from error
        folded = {"role": "user", "content": f"{messages[0]['content']}\n\n{messages[1]['content']}"}
        try:
            return self._apply_template((folded, *messages[2:]))
        except jinja2.TemplateError as error:
            raise _refused(error) from error

    def _apply_template(self, messages: Messages) -> str:
        rendered = self._tokenizer.apply_chat_template(
            list(messages), tokenize=False, add_generation_prompt=True
        )
        return str(rendered)

    def _plain(self, content: str) -> str:
        """The content with control tokens broken up: only the template may speak to the model in those."""
        for token in self._control_tokens:
            content = content.replace(token, f"{token[0]} {token[1:]}")
        return content

    def _decode(self, tokens: list[int]) -> str:
        text = self._tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return str(text)


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """Every token that ends a text: models and tokenizers do not always agree on one."""
    declared = model.generation_config.eos_token_id
    several = declared if isinstance(declared, list) else [declared]
    return frozenset(token for token in (*several, tokenizer.eos_token_id) if token is not None)


def _control_tokens(tokenizer: Any) -> frozenset[str]:
    """Every special token as text, also those that have no role of their own (as in Llama 3)."""
    added = {token.content for token in tokenizer.added_tokens_decoder.values() if token.special}
    return frozenset(token for token in {*added, *tokenizer.all_special_tokens} if len(token) > 1)


def _refused(error: jinja2.TemplateError) -> InvalidRequest:
    return InvalidRequest(
        f"This model's chat template refuses these messages: {error}. Send at most one system message, "
        "then user and assistant in turns, ending with user.",
        parameter="messages",
    )
