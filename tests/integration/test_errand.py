"""One question to another process: an answer, progress on the way, or a sentence; never a hang."""

import sys
from pathlib import Path

import pytest
from pydantic import BaseModel

from generation.errand import run_errand
from generation.errors import ErrandFailed, ErrandRefused

ANSWERING = """
from pydantic import BaseModel
from generation.errand import serve_errand
from generation.errors import InvalidRequest

class Order(BaseModel):
    number: int

class Answer(BaseModel):
    square: int

def work(order, report):
    print("a library that talks")
    if order.number < 0:
        raise InvalidRequest("No negative numbers.")
    if order.number == 0:
        raise ZeroDivisionError("nothing to square")
    report(half=True)
    return Answer(square=order.number ** 2)

serve_errand(Order, work)
"""


class Order(BaseModel):
    number: int


class Answer(BaseModel):
    square: int


@pytest.fixture
def script(tmp_path: Path) -> str:
    (tmp_path / "squaring.py").write_text(ANSWERING)
    return str(tmp_path / "squaring.py")


def ask(script: str, number: int) -> tuple[int, list[object]]:
    news: list[object] = []
    answer = run_errand(script, Order(number=number), Answer, news.append, command=(sys.executable,))
    return answer.square, news


def test_an_answer_comes_after_its_progress_whatever_a_library_prints(script: str) -> None:
    assert ask(script, 7) == (49, [{"half": True}])


def test_a_refusal_keeps_its_sentence(script: str) -> None:
    with pytest.raises(ErrandRefused, match=r"^No negative numbers\.$"):
        ask(script, -1)


def test_a_process_that_breaks_tells_its_last_words(script: str) -> None:
    with pytest.raises(ErrandFailed, match=r"status 1\): ZeroDivisionError: nothing to square"):
        ask(script, 0)


def test_a_process_that_talks_without_end_does_not_stop_it(tmp_path: Path) -> None:
    (tmp_path / "noisy.py").write_text('import sys; sys.stderr.write("x" * 10**6)')
    with pytest.raises(ErrandFailed, match="status 0"):
        ask(str(tmp_path / "noisy.py"), 1)
