"""Figures for Prometheus: what was asked, what was written and how fast, what is held.

They name models, so they are served behind the token only: whoever rates drafts must not learn
from them which model writes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from generation.devices import accelerator_bytes
from generation.pool import ModelPool
from generation.text_model import TextModel
from generation.writing import Account, Writer

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PATHS = ("/v1/chat/completions", "/v1/completions", "/v1/models", "/metrics", "/healthz")

_FIRST_TOKEN_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_LATENCY_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300)


@dataclass(frozen=True)
class ServerState:
    """What the server holds at one moment. Mappings are by model name; memory in bytes.

    `accelerator_bytes` is by kind of accelerator, as its driver tells.
    """

    waiting: int = 0
    writing: int = 0
    rows: Mapping[str, int] = field(default_factory=dict)
    memory_bytes: Mapping[str, int] = field(default_factory=dict)
    budget_bytes: int = 0
    loads: Mapping[str, int] = field(default_factory=dict)
    evictions: Mapping[str, int] = field(default_factory=dict)
    suspended: Mapping[str, bool] = field(default_factory=dict)
    accelerator_bytes: Mapping[str, int] = field(default_factory=dict)


class Metrics:
    """Counts what happens, and renders it together with the state of the moment."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = self._counter("requests", "HTTP requests answered", "path", "status")
        self._texts = self._counter("texts", "Texts, by how they ended", "model", "outcome")
        self._tokens = self._counter("tokens", "Tokens read and written", "model", "kind")
        self._busy = self._counter("busy_seconds", "Machine time spent on texts", "model")
        self._energy = self._counter(
            "energy_joules", "Energy of texts, as their meters saw it; scopes do not add up", "model", "scope"
        )
        self._waited = self._histogram("waited_seconds", "Wait before a text began", _LATENCY_SECONDS)
        self._first_token = self._histogram(
            "time_to_first_token_seconds", "From a text's beginning to its first token", _FIRST_TOKEN_SECONDS
        )
        self._latency = self._histogram(
            "latency_seconds", "From a text's beginning to its end", _LATENCY_SECONDS
        )

    def request_answered(self, path: str, status: int) -> None:
        self._requests.labels(path if path in PATHS else "other", str(status)).inc()

    def text_ended(self, model: str, account: Account, outcome: str) -> None:
        """A text is over. `outcome` is its finish reason, the code of an error, or "given_up"."""
        self._texts.labels(model, outcome).inc()
        self._tokens.labels(model, "prompt").inc(account.prompt_tokens)
        self._tokens.labels(model, "completion").inc(account.completion_tokens)
        self._busy.labels(model).inc(account.busy_seconds)
        if account.energy is not None:
            self._energy.labels(model, account.energy.scope.value).inc(account.energy.joules)
        if account.time_to_first_token_seconds is None:
            return
        self._waited.labels(model).observe(account.waited_seconds)
        self._first_token.labels(model).observe(account.time_to_first_token_seconds)
        if account.finish_reason is not None:
            self._latency.labels(model).observe(account.latency_seconds)

    def render(self, state: ServerState) -> bytes:
        """Everything in Prometheus' text format."""
        moment = CollectorRegistry()
        moment.register(_Snapshot(state))
        return generate_latest(self._registry) + generate_latest(moment)

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(f"copydesk_{name}", f"{what}.", labels, registry=self._registry)

    def _histogram(self, name: str, what: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"copydesk_{name}", f"{what}.", ("model",), buckets=buckets, registry=self._registry)


class CountedRequests:
    """Counts every answer by path and status, also those that never reach the application."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.request_answered(scope["path"], message["status"])
            await send(message)

        await self._app(scope, receive, counted)


def server_state(pool: ModelPool[TextModel], writer: Writer) -> ServerState:
    """The state of this moment."""
    queue, usage = writer.queue_state(), pool.usage()
    return ServerState(
        waiting=queue.waiting,
        writing=queue.writing,
        rows=queue.models,
        memory_bytes={name: model.memory_bytes for name, model in usage.models.items()},
        budget_bytes=usage.budget_bytes or 0,
        loads=usage.loads,
        evictions=usage.evictions,
        suspended={spec.name: spec.name in queue.suspended for spec in pool.specs},
        accelerator_bytes=accelerator_bytes(),
    )


class _Snapshot:
    """A ServerState as Prometheus collects it."""

    def __init__(self, state: ServerState) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        state = self._state
        yield GaugeMetricFamily("copydesk_texts_waiting", "Texts that wait for their turn.", state.waiting)
        yield GaugeMetricFamily("copydesk_texts_writing", "Texts that are being written.", state.writing)
        yield GaugeMetricFamily(
            "copydesk_memory_budget_bytes", "What all models together may hold.", state.budget_bytes
        )
        yield _by_model(GaugeMetricFamily, "batch_rows", "Texts in a model's running batch.", state.rows)
        yield _by_model(
            GaugeMetricFamily, "model_memory_bytes", "What a loaded model holds.", state.memory_bytes
        )
        yield _by_model(CounterMetricFamily, "model_loads", "How often a model was loaded.", state.loads)
        yield _by_model(
            CounterMetricFamily, "model_evictions", "How often a model was unloaded.", state.evictions
        )
        yield _by_model(
            GaugeMetricFamily,
            "model_suspended",
            "1 while a model is left alone after failures.",
            state.suspended,
        )
        held = GaugeMetricFamily(
            "copydesk_accelerator_bytes", "What an accelerator's driver has allocated.", labels=["kind"]
        )
        for kind, value in state.accelerator_bytes.items():
            held.add_metric([kind], value)
        yield held


def _by_model(
    kind: type[GaugeMetricFamily] | type[CounterMetricFamily],
    name: str,
    what: str,
    values: Mapping[str, float],
) -> Metric:
    family = kind(f"copydesk_{name}", what, labels=["model"])
    for model, value in values.items():
        family.add_metric([model], float(value))
    return family
