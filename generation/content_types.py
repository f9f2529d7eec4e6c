"""ContentType: a kind of text that people can ask for. Declared in configuration, not in code."""

from enum import StrEnum
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

MOST_STOPS: Final = 2
"""OpenAI's API takes four, and the prompt of a base model needs two of them."""


class TextFormat(StrEnum):
    """How a text of this kind is written, and so how it must be shown."""

    PLAIN = "plain"
    MARKDOWN = "markdown"
    JSON = "json"


class Sampling(BaseModel):
    """How a text is drawn from a model's next-token distribution.

    The defaults are what the makers of the default route's model recommend for it.
    `repetition_penalty` divides (above 1) or multiplies the scores of tokens that stood before
    (Keskar et al. 2019, section 4.1); 1 is none. A text ends before any of the strings in `stop`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    temperature: float = Field(default=0.7, ge=0, le=2)
    top_p: float = Field(default=0.8, gt=0, le=1)
    max_new_tokens: int = Field(default=640, ge=1, le=4096)
    repetition_penalty: float = Field(default=1.0, ge=0.5, le=2)
    stop: tuple[Annotated[str, Field(min_length=1)], ...] = Field(default=(), max_length=MOST_STOPS)


class Example(BaseModel):
    """A topic, and a text of the kind as it should be written about it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    topic: str = Field(min_length=1)
    text: str = Field(min_length=1)


class ContentType(BaseModel):
    """One kind of text: what the model is told, how long the text may be, how it is drawn.

    `aliases` are what a person may type instead of `name`. `min_words` and `max_words` bound
    a good length, both included; `platform_limit_characters` is what the platform refuses to
    exceed. `examples` show a base model, which takes no instructions, what is meant.
    `json_schema`, given only with the JSON format, is what the text must satisfy.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)
    title: str = Field(min_length=1, max_length=60)
    aliases: tuple[str, ...] = ()
    prompt: str = Field(min_length=1)
    example_topic: str = Field(min_length=1)
    examples: tuple[Example, ...] = ()
    format: TextFormat = TextFormat.PLAIN
    min_words: int = Field(default=80, ge=0)
    max_words: int = Field(default=200, ge=1)
    platform_limit_characters: int | None = Field(default=None, ge=1)
    sampling: Sampling = Sampling()
    json_schema: dict[str, Any] | None = None

    @property
    def shortest_name(self) -> str:
        """What a person types for it most quickly: the first alias, else the name."""
        return self.aliases[0] if self.aliases else self.name

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.min_words > self.max_words:
            raise ValueError(f"min_words ({self.min_words}) must not exceed max_words ({self.max_words})")
        if (self.json_schema is not None) != (self.format is TextFormat.JSON):
            raise ValueError('json_schema and format = "json" belong together: give both or neither')
        return self
