"""What a model is told."""

from generation.content_types import ContentType
from generation.prompts import build_messages, prompt_version
from tests.unit.model_files import spec

KIND = ContentType(name="client_email", title="Email", prompt="\nWrite an email. ", example_topic="tea")
INSTRUCT = spec(prompt_format="instruct")
TAGGED = spec(prompt_format="tagged")


def test_an_instruct_model_is_told_the_prompt() -> None:
    assert build_messages(KIND, INSTRUCT, " the delay ") == (
        {"role": "system", "content": "Write an email."},
        {"role": "user", "content": "the delay"},
    )


def test_a_tagged_model_is_told_the_name_alone() -> None:
    assert build_messages(KIND, TAGGED, "the delay")[0] == {"role": "system", "content": "client_email"}


def test_the_version_follows_what_is_told_and_nothing_else() -> None:
    reworded = KIND.model_copy(update={"prompt": "Write a letter."})
    retitled = KIND.model_copy(update={"title": "Mail"})
    assert prompt_version(KIND, INSTRUCT) == prompt_version(retitled, INSTRUCT)
    assert prompt_version(KIND, INSTRUCT) != prompt_version(reworded, INSTRUCT)
    assert prompt_version(KIND, TAGGED) == prompt_version(reworded, TAGGED)
    assert prompt_version(KIND, TAGGED) != prompt_version(KIND, INSTRUCT)
