"""From an order's messages or plain prompt to a model's tokens."""

import threading
from typing import Any

import jinja2

from generation.errors import InvalidRequest
from generation.prompts import Messages

# Prose has about four characters a token; no prompt that means anything has so many.
_MOST_CHARACTERS_A_TOKEN = 16


class PromptReader:
    """A tokenizer with its chat template. May be called from any thread."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._control_tokens = _control_tokens(tokenizer)
        # A fast tokenizer refuses to be called by two threads at once.
        self._lock = threading.Lock()

    def read(self, messages: Messages | str, most_tokens: int) -> tuple[int, ...]:
        """The tokens of a conversation, by the chat template; of a plain prompt as the tokenizer has it.

        Of a text that is far longer than `most_tokens` only a beginning is read, which exceeds them. Without
        a chat template the contents become paragraphs. Raises InvalidRequest if the template refuses.
        """
        if isinstance(messages, str):
            return self._encode(self._plain(messages), most_tokens)
        messages = tuple({**message, "content": self._plain(message["content"])} for message in messages)
        if self._tokenizer.chat_template:
            return self._encode(self._render(messages), most_tokens, add_special_tokens=False)
        return self._encode("".join(f"{message['content']}\n\n" for message in messages), most_tokens)

    def decode(self, tokens: list[int]) -> str:
        """Their text, without special tokens."""
        text = self._tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return str(text)

    def _encode(self, text: str, most_tokens: int, **options: Any) -> tuple[int, ...]:
        beginning = text[: most_tokens * _MOST_CHARACTERS_A_TOKEN]
        with self._lock:
            tokens = self._tokenizer(beginning, **options)["input_ids"]
            if len(beginning) < len(text) and len(tokens) <= most_tokens:
                tokens = self._tokenizer(text, **options)["input_ids"]
        return tuple(tokens)

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
            # A model that can think aloud first would fill the text with it; others know no such word.
            list(messages),
            tokenize=False,
            add_generation_prompt=True,
            enable_thinking=False,
        )
        return str(rendered)

    def _plain(self, content: str) -> str:
        """The content with control tokens broken up: only the template may speak to the model in those."""
        for token in self._control_tokens:
            content = content.replace(token, f"{token[0]} {token[1:]}")
        return content


def end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
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
