"""Who writes next: turn by turn, with models that count and a clock that only they move."""

from collections.abc import Callable

import pytest

from generation.breaker import Breakers
from generation.errors import GenerationError, InvalidRequest, ModelSuspended, OutOfMemory, TextFailed
from generation.scheduling import Place, Scheduler, Text
from generation.text_model import Piece, Prepared, Priority, WritingOrder
from generation.watchdog import Watchdog
from tests.scripted_model import ScriptedModel, order


class Seconds:
    """A clock that stands still until a model works."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def take(self, seconds: float) -> Callable[[int], None]:
        """For `before_step`: every step takes so long."""

        def work(_step: int) -> None:
            self.now += seconds

        return work


class Listener:
    """Implements Reader: remembers what it heard."""

    def __init__(self, journal: list[str], name: str) -> None:
        self._journal, self._name = journal, name
        self.pieces: list[str] = []
        self.machine_seconds = 0.0
        self.gone = 0
        self.error: GenerationError | None = None

    def joined(self) -> None:
        self._journal.append(f"{self._name} joins")

    def wrote(self, piece: Piece | None, machine_seconds: float) -> None:
        self.machine_seconds += machine_seconds
        if piece:
            self.pieces.append(piece.text)

    def left(self, error: GenerationError | None) -> None:
        self.gone += 1
        self.error = error
        self._journal.append(f"{self._name} leaves")


class Stage:
    """A scheduler with its surroundings, and texts named a, b, c … in the order in which they come."""

    def __init__(self) -> None:
        self.seconds = Seconds()
        self.breakers = Breakers()
        self.scheduler = Scheduler(self.breakers, Watchdog(self.breakers, 3600), self.seconds)
        self.journal: list[str] = []
        self.texts: dict[str, Text] = {}
        self.readers: dict[str, Listener] = {}
        self.places: dict[str, Place] = {}

    def submit(
        self,
        model: ScriptedModel,
        max_tokens: int | None = 3,
        model_name: str = "tiny",
        priority: Priority = Priority.INTERACTIVE,
        number: int | None = None,
    ) -> str:
        name = chr(ord("a") + len(self.texts))
        number = len(self.texts) if number is None else number
        asked = order(model_name, max_tokens, priority=priority)
        self.readers[name] = Listener(self.journal, name)
        self.texts[name] = Text(number, model_name, model, model.prepare(asked), asked, self.readers[name])
        self.places[name] = self.scheduler.submit(self.texts[name])
        return name

    def give_up(self, name: str) -> None:
        self.scheduler.give_up(self.texts[name])

    def turns(self, count: int) -> None:
        for _ in range(count):
            assert self.scheduler.take_turn()

    def to_the_end(self) -> None:
        while self.scheduler.take_turn():
            pass

    def heard(self, what: str) -> list[str]:
        return [line.split()[0] for line in self.journal if line.endswith(what)]


@pytest.fixture
def stage() -> Stage:
    return Stage()


# ------------------------------------------------------------------------ joining and leaving


def test_a_text_joins_is_written_and_leaves(stage: Stage) -> None:
    a = stage.submit(ScriptedModel())
    stage.to_the_end()
    assert stage.readers[a].pieces == ["1 ", "2 ", "3 "]
    assert (stage.readers[a].gone, stage.readers[a].error) == (1, None)
    assert stage.journal == ["a joins", "a leaves"]
    assert not stage.scheduler.take_turn()


def test_texts_share_steps_and_a_place_that_becomes_free_is_taken_at_once(stage: Stage) -> None:
    model = ScriptedModel(rows=2)
    stage.submit(model, 2)
    stage.submit(model, 5)
    stage.submit(model, 3)
    stage.turns(2)
    assert stage.journal == ["a joins", "b joins", "a leaves"]
    stage.to_the_end()
    assert model.steps == 5
    assert stage.readers["c"].pieces == ["1 ", "2 ", "3 "]


def test_within_a_priority_whoever_came_first_is_first(stage: Stage) -> None:
    model = ScriptedModel(rows=1)
    for number in (0, 3, 2, 1):
        stage.submit(model, number=number)
    stage.to_the_end()
    assert stage.heard("joins") == ["a", "d", "c", "b"]


def test_interactive_goes_before_background(stage: Stage) -> None:
    model = ScriptedModel(rows=1)
    stage.submit(model, priority=Priority.BACKGROUND)
    stage.submit(model, priority=Priority.BACKGROUND)
    stage.submit(model)
    stage.to_the_end()
    assert stage.heard("joins") == ["c", "a", "b"]


def test_a_model_with_interactive_texts_goes_before_one_without(stage: Stage) -> None:
    background, interactive = ScriptedModel(), ScriptedModel()
    stage.submit(background, 3, "gnu", Priority.BACKGROUND)
    stage.turns(1)
    stage.submit(interactive, 3, "zebra")
    stage.to_the_end()
    assert stage.journal == ["a joins", "b joins", "b leaves", "a leaves"]


def test_a_text_without_room_keeps_those_behind_it_waiting(stage: Stage) -> None:
    class Choosy(ScriptedModel):
        def has_room(self, prepared: Prepared, order: WritingOrder) -> bool:
            return not self.batch or (order.max_tokens or 0) < 10

    model = Choosy()
    stage.submit(model, 2)
    stage.submit(model, 12)
    stage.submit(model, 2)
    stage.to_the_end()
    assert stage.heard("joins") == ["a", "b", "c"]
    assert model.admitted == ["0", "1", "2"]


def test_a_text_that_an_empty_batch_has_no_room_for_fails_instead_of_waiting_for_ever(stage: Stage) -> None:
    a = stage.submit(ScriptedModel(rows=0))
    stage.turns(1)
    assert isinstance(stage.readers[a].error, OutOfMemory)
    assert not stage.scheduler.take_turn()


# ------------------------------------------------------------------------ fair turns


def test_models_take_turns_by_machine_time(stage: Stage) -> None:
    slow, swift = ScriptedModel(before_step=stage.seconds.take(4)), ScriptedModel()
    swift.before_step = stage.seconds.take(1)
    stage.submit(slow, None, "slow")
    stage.submit(swift, None, "swift")
    stage.turns(100)
    assert swift.steps == pytest.approx(4 * slow.steps, abs=5)


def test_a_newcomer_gets_its_share_from_now_on_and_nothing_for_the_past(stage: Stage) -> None:
    old, new = (ScriptedModel(before_step=stage.seconds.take(1)) for _ in range(2))
    stage.submit(old, None, "old")
    stage.turns(100)
    stage.submit(new, None, "new")
    stage.turns(20)
    assert (old.steps, new.steps) == (110, 10)


def test_coming_and_going_gains_nothing(stage: Stage) -> None:
    steady, restless = (ScriptedModel(before_step=stage.seconds.take(1)) for _ in range(2))
    stage.submit(steady, None, "steady")
    for _ in range(10):
        stage.submit(restless, 1, "restless")
        stage.turns(4)
    assert restless.steps == 10
    assert steady.steps == 30


def test_a_model_without_texts_is_forgotten(stage: Stage) -> None:
    """The pool may then unload it, and hand out another one of the same name."""
    first, second = ScriptedModel(), ScriptedModel()
    stage.submit(first)
    stage.to_the_end()
    stage.submit(second)
    stage.to_the_end()
    assert (first.steps, second.steps) == (3, 3)


def test_a_step_is_shared_by_its_texts(stage: Stage) -> None:
    model = ScriptedModel(before_step=stage.seconds.take(6))
    a, b = stage.submit(model, 1), stage.submit(model, 2)
    stage.to_the_end()
    assert stage.readers[a].machine_seconds == 3
    assert stage.readers[b].machine_seconds == 9


# ------------------------------------------------------------------------ giving up


def test_giving_up_frees_the_place_before_the_next_step(stage: Stage) -> None:
    model = ScriptedModel(rows=1)
    endless, waiting = stage.submit(model, None), stage.submit(model)
    stage.turns(2)
    stage.give_up(endless)
    stage.turns(1)
    assert model.dropped == ["0"]
    assert stage.readers[endless].pieces == ["1 ", "2 "]
    assert stage.readers[endless].error is None
    assert stage.readers[waiting].pieces == ["1 "]


def test_a_text_given_up_while_it_waits_never_joins(stage: Stage) -> None:
    model = ScriptedModel(rows=1)
    stage.submit(model)
    waiting = stage.submit(model)
    stage.turns(1)
    stage.give_up(waiting)
    stage.turns(1)
    assert stage.readers[waiting].gone == 1
    stage.to_the_end()
    assert stage.heard("joins") == ["a"]


def test_the_last_text_given_up_leaves_nothing_to_do(stage: Stage) -> None:
    a = stage.submit(ScriptedModel(), None)
    stage.turns(1)
    stage.give_up(a)
    assert not stage.scheduler.take_turn()
    assert stage.readers[a].gone == 1


def test_giving_up_what_is_finished_is_no_error(stage: Stage) -> None:
    a = stage.submit(ScriptedModel())
    stage.to_the_end()
    stage.give_up(a)
    assert not stage.scheduler.take_turn()
    assert stage.readers[a].gone == 1


def test_a_reader_that_is_gone_costs_nobody_else_a_text(stage: Stage) -> None:
    model = ScriptedModel()
    a, b = stage.submit(model), stage.submit(model)

    def loop_is_closed(piece: Piece | None, machine_seconds: float) -> None:
        raise RuntimeError("Event loop is closed")

    stage.readers[a].wrote = loop_is_closed  # type: ignore[method-assign]
    stage.to_the_end()
    assert model.dropped == ["0"]
    assert stage.readers[b].pieces == ["1 ", "2 ", "3 "]


# ------------------------------------------------------------------------ failures


def _fail_at(error: Exception, *steps: int) -> Callable[[int], None]:
    def maybe(step: int) -> None:
        if step in steps:
            raise error

    return maybe


def test_memory_that_runs_out_costs_the_youngest_text_of_the_batch(stage: Stage) -> None:
    model = ScriptedModel(before_step=_fail_at(OutOfMemory("full"), 2))
    a, b, c = (stage.submit(model) for _ in range(3))
    stage.to_the_end()
    assert [stage.readers[name].error for name in (a, b)] == [None, None]
    assert isinstance(stage.readers[c].error, OutOfMemory)
    assert stage.readers[a].pieces == stage.readers[b].pieces == ["1 ", "2 ", "3 "]
    assert model.dropped == ["2"]


def test_memory_that_runs_out_again_costs_the_next_youngest(stage: Stage) -> None:
    model = ScriptedModel(before_step=_fail_at(OutOfMemory("full"), 2, 3))
    for _ in range(3):
        stage.submit(model)
    stage.to_the_end()
    assert [stage.readers[name].error is None for name in "abc"] == [True, False, False]


def test_a_failing_step_fails_the_texts_of_its_model_and_no_others(stage: Stage) -> None:
    broken = ScriptedModel(rows=2, before_step=_fail_at(RuntimeError("inner secret"), 2))
    sound = ScriptedModel()
    a, b, c = (stage.submit(broken, model_name="broken") for _ in range(3))
    d = stage.submit(sound, model_name="sound")
    stage.to_the_end()
    for failed in (a, b):
        assert isinstance(stage.readers[failed].error, TextFailed)
        assert "inner secret" not in str(stage.readers[failed].error)
        assert stage.readers[failed].gone == 1
    assert stage.readers[c].error is stage.readers[d].error is None
    assert stage.readers[c].pieces == stage.readers[d].pieces == ["1 ", "2 ", "3 "]


def test_a_model_that_keeps_failing_is_suspended_and_whoever_waits_is_told(stage: Stage) -> None:
    model = ScriptedModel(rows=1, before_step=_fail_at(RuntimeError("broken"), *range(1, 99)))
    for _ in range(5):
        stage.submit(model)
    stage.to_the_end()
    errors = [type(stage.readers[name].error) for name in "abcde"]
    assert errors == [TextFailed, TextFailed, TextFailed, ModelSuspended, ModelSuspended]
    assert model.steps == 3
    with pytest.raises(ModelSuspended):
        stage.breakers.check("tiny")


def test_a_text_that_is_written_to_its_end_clears_the_record(stage: Stage) -> None:
    model = ScriptedModel(rows=1, before_step=_fail_at(RuntimeError("broken"), 1, 2, 6, 7))
    for _ in range(5):
        stage.submit(model)
    stage.to_the_end()
    stage.breakers.check("tiny")


def test_a_text_that_is_refused_at_the_door_is_the_only_one_to_hear_of_it(stage: Stage) -> None:
    class Strict(ScriptedModel):
        def admit(self, key: str, prepared: Prepared, order: WritingOrder) -> None:
            if order.max_tokens == 13:
                raise InvalidRequest("no 13")
            super().admit(key, prepared, order)

    model = Strict()
    a, b, c = stage.submit(model), stage.submit(model, 13), stage.submit(model)
    stage.to_the_end()
    assert [type(stage.readers[name].error) for name in (a, b, c)] == [type(None), InvalidRequest, type(None)]
    assert model.steps == 3


def test_a_model_that_cannot_even_let_go_stops_nobody(stage: Stage) -> None:
    class Clinging(ScriptedModel):
        def drop(self, key: str) -> None:
            raise RuntimeError("never")

    a, b = stage.submit(Clinging(), None, "clinging"), stage.submit(ScriptedModel(), model_name="sound")
    stage.turns(1)
    stage.give_up(a)
    stage.to_the_end()
    assert (stage.readers[a].gone, stage.readers[b].pieces) == (1, ["1 ", "2 ", "3 "])


# ------------------------------------------------------------------------ places and estimates


def test_a_place_counts_those_who_wait_before_it(stage: Stage) -> None:
    model = ScriptedModel(rows=1)
    stage.submit(model)
    stage.turns(1)
    b, c = stage.submit(model), stage.submit(model, priority=Priority.BACKGROUND)
    d = stage.submit(model)
    assert [stage.places[name].position for name in (b, c, d)] == [0, 1, 1]


def test_the_estimate_comes_from_recent_texts(stage: Stage) -> None:
    model = ScriptedModel(rows=1, before_step=stage.seconds.take(2))
    first = stage.submit(model)
    stage.to_the_end()
    stage.submit(model)
    stage.turns(1)
    waiting = stage.submit(model)
    assert stage.places[first].estimated_seconds is None
    assert stage.places[waiting].estimated_seconds == 6 + 6


def test_rows_tell_who_is_writing(stage: Stage) -> None:
    zebra, gnu = (ScriptedModel(rows=2, before_step=stage.seconds.take(1)) for _ in range(2))
    for _ in range(3):
        stage.submit(zebra, None, "zebra")
    stage.submit(gnu, None, "gnu")
    stage.turns(2)
    assert stage.scheduler.rows() == {"zebra": 2, "gnu": 1}
