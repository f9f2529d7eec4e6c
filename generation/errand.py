"""One question to a process of its own: a JSON line in, JSON lines out.

So the asker stays free of torch, and what the answer took of memory is given back with the process.

    {order} ─▶ stdin │ python -m generation.<module> │ stdout ─▶ {"progress": …} …, then {"answer": …}
                                                                or {"refusal": …}
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout, suppress
from subprocess import PIPE
from typing import Any, TextIO, TypeVar

from pydantic import BaseModel

from generation.errors import ErrandFailed, ErrandRefused, GenerationError

Order = TypeVar("Order", bound=BaseModel)
Answer = TypeVar("Answer", bound=BaseModel)

_KEPT_CHARACTERS = 400


def run_errand(
    module: str,
    order: BaseModel,
    answer: type[Answer],
    on_progress: Callable[[Mapping[str, Any]], None] = lambda _: None,
    command: tuple[str, ...] = (sys.executable, "-m"),
) -> Answer:
    """Ask `module` and wait. The process ends with this call, however the call ends.

    Raises ErrandRefused with the module's own sentence, ErrandFailed if it ended without one.
    """
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    # A file for what it says beside its answer: a pipe that nobody reads would fill up and stop it.
    with (
        tempfile.TemporaryFile("w+") as words,
        subprocess.Popen(
            [*command, module], stdin=PIPE, stdout=PIPE, stderr=words, text=True, env=environment
        ) as process,
    ):
        try:
            said = _converse(process, order, on_progress)
            if said is None:
                raise ErrandFailed(_without_answer(module, process.wait(), words))
            return answer.model_validate(said)
        finally:
            process.kill()


def serve_errand(order: type[Order], work: Callable[[Order, Callable[..., None]], BaseModel]) -> None:
    """Be the process: read the order, do the work, answer. `work` gets a function that reports progress.

    Our own errors go back as the sentences they are; any other ends the process with its traceback.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # the asker at the terminal says what Ctrl-C means
    answers = sys.stdout
    with redirect_stdout(sys.stderr):  # libraries that print must not spoil the answer
        asked = order.model_validate_json(sys.stdin.readline())
        try:
            done = work(asked, lambda **progress: _say(answers, "progress", progress))
        except GenerationError as error:
            _say(answers, "refusal", str(error))
        else:
            _say(answers, "answer", done.model_dump(mode="json"))


def _converse(
    process: "subprocess.Popen[str]", order: BaseModel, on_progress: Callable[[Mapping[str, Any]], None]
) -> Any:
    """The answer, or None if the process ends without one."""
    assert process.stdin is not None  # both were opened as pipes
    assert process.stdout is not None
    with suppress(BrokenPipeError):  # its last words say why
        process.stdin.write(order.model_dump_json() + "\n")
        process.stdin.close()
    for line in process.stdout:
        said = json.loads(line)
        if "answer" in said:
            return said["answer"]
        if "refusal" in said:
            raise ErrandRefused(said["refusal"])
        on_progress(said["progress"])
    return None


def _without_answer(module: str, status: int, words: TextIO) -> str:
    words.seek(0)
    last_line = words.read().strip().rpartition("\n")[2][:_KEPT_CHARACTERS]
    return (
        f"{module} ended without an answer (status {status}): {last_line or 'it said nothing'}. "
        "What was there is kept. If memory ran out, close other programs and try again."
    )


def _say(answers: TextIO, kind: str, content: Any) -> None:
    answers.write(json.dumps({kind: content}) + "\n")
    answers.flush()
