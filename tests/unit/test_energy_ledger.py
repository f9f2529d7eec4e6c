"""Whose joules: shares by hand, meters that say nothing, and what no sharing may lose."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from generation.energy.declared import DeclaredMeter
from generation.energy.ledger import EnergyLedger, TextEnergy
from generation.energy.meter import EnergyCount, EnergyMeter, Scope
from tests.scripted_model import ScriptedModel, order
from tests.unit.test_scheduling import Seconds


@dataclass
class Counter:
    """Implements EnergyMeter: the test turns its hand."""

    scope: Scope = Scope.SOC
    method: str = "counter"
    devices: tuple[str, ...] = ("cpu", "mps", "cuda")
    count: EnergyCount | None = field(default_factory=lambda: EnergyCount(0.0))
    error: Exception | None = None
    is_closed: bool = False

    def sees(self, device: str) -> bool:
        return device in self.devices

    def read(self) -> EnergyCount | None:
        if self.error is not None:
            raise self.error
        return self.count

    def close(self) -> None:
        self.is_closed = True

    def add(self, joules: float, accelerator_joules: float | None = None) -> None:
        assert self.count is not None
        accelerator = (self.count.accelerator_joules or 0.0) + (accelerator_joules or 0.0)
        told = accelerator if accelerator_joules is not None else None
        self.count = EnergyCount(self.count.joules + joules, told, self.count.beginning)


class Bench:
    """A ledger with a clock of its own, and texts written by the second."""

    def __init__(self, meters: Sequence[EnergyMeter], clock: Seconds) -> None:
        self.clock = clock
        self.ledger = EnergyLedger(meters, clock)
        self.tokens: dict[str, int] = {}

    def enter(self, key: str, model: str = "m", device: str = "cpu") -> None:
        self.ledger.enter(key, model, device)
        self.tokens[key] = 0

    def step(self, model: str = "m", seconds: float = 1.0, **tokens: int) -> None:
        for key, count in tokens.items():
            self.tokens[key] += count
        self.clock.now += seconds
        self.ledger.step(model, seconds, {key: self.tokens[key] for key in tokens})

    def leave(self, key: str) -> TextEnergy:
        energy = self.ledger.leave(key)
        assert energy is not None
        return energy

    def idle(self, seconds: float) -> None:
        self.ledger.note_idle()
        self.clock.now += seconds


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def bench(counter: Counter) -> Bench:
    return Bench([counter], Seconds())


def test_a_text_alone_takes_all_of_it(bench: Bench, counter: Counter) -> None:
    counter.add(1_000)
    bench.enter("a")
    bench.step(a=5)
    counter.add(40)

    assert bench.leave("a") == TextEnergy(40, Scope.SOC, "counter, idle not subtracted", shared_by=1)


def test_35_declared_watts_for_2031_milliseconds_are_71_joules() -> None:
    clock = Seconds()
    bench = Bench([DeclaredMeter(35.0, clock)], clock)
    bench.enter("a")
    bench.step(seconds=2.031, a=10)

    energy = bench.leave("a")
    assert energy.joules == pytest.approx(71.085)
    assert (energy.scope, energy.method) == ("declared", "declared watts × seconds")
    assert energy.idle_joules is None


def test_texts_of_one_model_share_by_tokens(bench: Bench, counter: Counter) -> None:
    bench.enter("a")
    bench.enter("b")
    bench.step(a=30, b=10)
    counter.add(80)

    a, b = bench.leave("a"), bench.leave("b")
    assert (a.joules, b.joules) == (60, 20)
    assert (a.shared_by, b.shared_by) == (2, 2)


def test_what_is_drawn_while_one_is_alone_is_its_own(bench: Bench, counter: Counter) -> None:
    bench.enter("a")
    bench.step(a=10)
    counter.add(100)
    bench.enter("b")
    bench.step(a=10, b=10)
    counter.add(40)

    assert bench.leave("b").joules == 20
    bench.step(a=10)
    counter.add(7)
    assert bench.leave("a").joules == 100 + 20 + 7


def test_models_share_by_seconds_since_their_tokens_are_not_alike(bench: Bench, counter: Counter) -> None:
    bench.enter("a", "large")
    bench.enter("b", "small")
    bench.step("large", 3.0, a=1)
    bench.step("small", 1.0, b=50)
    counter.add(80)

    assert (bench.leave("a").joules, bench.leave("b").joules) == (60, 20)


def test_the_idle_draw_is_left_out_and_told(bench: Bench, counter: Counter) -> None:
    bench.idle(5)
    counter.add(50)  # 10 W
    bench.idle(5)
    counter.add(35)  # 7 W: the least counts
    bench.idle(5)
    counter.add(100)
    bench.idle(1)
    bench.enter("a")
    bench.step(seconds=2.0, a=1)
    counter.add(74)

    assert bench.leave("a") == TextEnergy(60, Scope.SOC, "counter", shared_by=1, idle_joules=14)
    assert bench.ledger.idle_watts == {"counter": 7.0}


def test_what_is_drawn_while_texts_are_written_is_no_idle_draw(bench: Bench, counter: Counter) -> None:
    bench.idle(5)
    bench.enter("a")
    bench.ledger.note_idle()
    bench.step(a=1)
    counter.add(10)
    bench.leave("a")
    bench.ledger.note_idle()

    assert bench.ledger.idle_watts == {}


@pytest.mark.parametrize("silence", ["none", "zero", "error", "back", "anew"])
def test_a_meter_that_says_nothing_under_load_is_unavailable(silence: str) -> None:
    clock, counter = Seconds(), Counter(count=EnergyCount(500.0))
    bench = Bench([counter, DeclaredMeter(35.0, clock)], clock)
    bench.enter("a")
    bench.step(seconds=2.0, a=1)
    if silence == "none":
        counter.count = None
    elif silence == "error":
        counter.error = RuntimeError("gone")
    elif silence == "back":
        counter.count = EnergyCount(1.0)
    elif silence == "anew":
        counter.count = EnergyCount(600.0, beginning=1)

    assert bench.leave("a") == TextEnergy(70.0, Scope.DECLARED, "declared watts × seconds", 1)


def test_without_any_meter_there_is_no_figure() -> None:
    ledger = EnergyLedger()
    ledger.enter("a", "m", "cpu")
    ledger.step("m", 1.0, {"a": 5})

    assert ledger.leave("a") is None
    assert ledger.leave("never came") is None


def test_a_chip_that_does_not_tell_its_gpu_has_not_measured_a_text_of_the_gpu() -> None:
    chip, whole = Counter(count=EnergyCount(0.0, 0.0)), Counter(Scope.SYSTEM, "whole")
    bench = Bench([chip, whole], Seconds())
    bench.enter("a", device="mps")
    bench.step(a=1)
    chip.add(5, accelerator_joules=0.0)
    whole.add(90)
    assert bench.leave("a").scope is Scope.SYSTEM

    bench.enter("b", device="cpu")
    bench.step(b=1)
    chip.add(5, accelerator_joules=0.0)
    whole.add(90)
    assert (bench.leave("b").joules, bench.ledger.leave("b")) == (5, None)


def test_each_text_has_the_meter_of_its_device_and_scopes_are_not_mixed() -> None:
    card = Counter(Scope.ACCELERATOR, "card", ("cuda",))
    package = Counter(Scope.SOC, "package", ("cpu",))
    bench = Bench([card, package], Seconds())
    bench.enter("a", "large", "cuda")
    bench.enter("b", "small", "cpu")
    bench.step("large", a=1)
    bench.step("small", b=1)
    card.add(300)
    package.add(20)

    a, b = bench.leave("a"), bench.leave("b")
    assert (a.scope, a.joules, a.shared_by) == (Scope.ACCELERATOR, 300, 1)
    assert (b.scope, b.joules, b.shared_by) == (Scope.SOC, 20, 1)


def test_nothing_is_lost_and_nothing_negative_however_texts_come_and_go() -> None:
    rng = random.Random(6)
    for _ in range(50):
        counter = Counter()
        bench = Bench([counter], Seconds())
        spent, shared, present = 0.0, 0.0, set[str]()
        for turn in range(60):
            if rng.random() < 0.4 or not present:
                key = f"t{turn}"
                bench.enter(key, rng.choice("xy"))
                present.add(key)
            joules = rng.choice([0.0, rng.uniform(0, 10)])
            bench.step(rng.choice("xy"), rng.uniform(0, 1), **{key: rng.randrange(4) for key in present})
            counter.add(joules)
            spent += joules
            if rng.random() < 0.3:
                gone = bench.ledger.leave(present.pop())
                assert gone is None or gone.joules > 0
                shared += gone.joules if gone else 0.0
        for key in present:
            left = bench.ledger.leave(key)
            shared += left.joules if left else 0.0
        assert shared == pytest.approx(spent)


def test_closing_the_ledger_closes_its_meters(bench: Bench, counter: Counter) -> None:
    bench.ledger.close()
    assert counter.is_closed


def test_the_scheduler_tells_the_ledger_who_comes_writes_and_goes() -> None:
    from generation.breaker import Breakers
    from generation.scheduling import Scheduler, Text
    from generation.watchdog import Watchdog
    from tests.unit.test_scheduling import Listener

    clock, breakers = Seconds(), Breakers()
    ledger = EnergyLedger([DeclaredMeter(10.0, clock)], clock)
    scheduler = Scheduler(breakers, Watchdog(breakers, 3600), clock, ledger)
    model = ScriptedModel(before_step=clock.take(1.0))
    texts = []
    for number, max_tokens in enumerate((2, 4)):
        asked = order("tiny", max_tokens, prompt="four")
        texts.append(Text(number, "tiny", model, model.prepare(asked), asked, Listener([], "x")))
        scheduler.submit(texts[-1])
    while scheduler.take_turn():
        pass

    first, second = (text.energy for text in texts)
    assert first is not None
    assert second is not None
    assert (first.joules, first.shared_by) == (10.0, 2)  # half of two seconds of 10 W
    assert (second.joules, second.shared_by) == (10.0 + 20.0, 2)
