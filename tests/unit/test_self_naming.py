"""Texts in which a model says who it is become neutral; texts about animals and letters stay as they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.drafting.self_naming import names_of, scrub, without_names
from tests.unit.model_files import spec

WORDS = ("OPT", "GPT", "Llama", "Phi", "Qwen", "Mistral", "Claude")
NAMES = names_of([spec("qwen3-4b-instruct"), spec("starter-rich")], WORDS)


@pytest.mark.parametrize(
    ("text", "shown", "namings"),
    [
        ("As OPT, I like tea.", "As the author, I like tea.", 1),
        (
            "As an AI language model called GPT-4, I cannot.",
            "As an AI language model called the author, I",
            1,
        ),
        ("Hello, I'm Llama 3.2 and I write.", "Hello, I'm the author and I write.", 1),
        ("I am Qwen. My name is Phi.", "I am the author. My name is the author.", 2),
        ("Written by Mistral", "Written by the author", 1),
        ("as qwen3-4b-instruct would say", "as the author would say", 1),
        ("Try Qwen3-4B-Instruct today.", "Try the author today.", 1),
    ],
)
def test_a_model_that_says_who_it_is_is_made_neutral(text: str, shown: str, namings: int) -> None:
    found = scrub(text, NAMES, "tea")
    assert found.text.startswith(shown)
    assert found.namings == namings


@pytest.mark.parametrize(
    "text",
    [
        "A llama is as gentle as a mistral is strong.",
        "The angle phi, written φ, grows.",
        "Claude Monet painted water lilies, as Claude Debussy heard them.",
        "You can opt out; adopt it; optics.",
        "As a team we opt for tea. I am optimistic. This is philosophy.",
        "A starter-rich menu.",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert scrub(text, NAMES, "tea").text == text


def test_what_the_wish_was_about_is_no_self_naming() -> None:
    wish = "compare qwen3-4b-instruct with others"
    assert scrub("Qwen3-4b-instruct is small.", NAMES, wish).namings == 0
    assert scrub("As qwen3-4b-instruct, I am small.", NAMES, wish).namings == 1


def test_without_names_nothing_is_looked_for() -> None:
    nobody = names_of([], [])
    assert scrub("As OPT, I am here.", nobody, "").namings == 0


@given(st.text())
def test_a_scrubbed_text_names_nobody_any_more(text: str) -> None:
    once = scrub(text, NAMES, "")
    assert scrub(once.text, NAMES, "").namings == 0


@pytest.mark.parametrize(
    "introduction",
    [
        "As an AI language model, Llama 3.2, I think so.",
        "My name is Phi. Nice to meet you.",
        "Said qwen3-4b-instruct.",
    ],
)
def test_whoever_watches_a_text_grow_never_reads_a_name(introduction: str) -> None:
    words = f"{'One word and another. ' * 6}{introduction} {'And so it goes on. ' * 12}".split()
    shown: list[str] = []
    hear = without_names(shown.append, NAMES, "tea")
    for count in range(1, len(words) + 1):
        hear(" ".join(words[:count]))
    assert scrub(" ".join(words), NAMES, "tea").text.startswith(shown[-1])
    assert "the author" in shown[-1]
    assert all(shown[-1].startswith(part) for part in shown)


def test_a_second_try_is_heard_from_its_beginning() -> None:
    shown: list[str] = []
    hear = without_names(shown.append, NAMES, "tea")
    hear("long " * 60)
    hear("anew " * 20)
    assert shown[-1].startswith("anew")
