"""What a text would have cost at a cloud model, by genai-prices' tables, offline.

The tables know prices by date, and tiers for long prompts. A model that they do not know, or know
without a price, has no price here: never 0.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from importlib.metadata import version
from typing import Any

from evaluation.costs.assumptions import CloudModel

PACKAGE = "genai-prices"

_SOME_TOKENS = 1_000_000


@dataclass(frozen=True)
class PriceTables:
    """Which tables these are: the package's version, and their newest price change in force."""

    version: str
    newest_change: date | None

    @property
    def words(self) -> str:
        """With the date that there is: the package does not say when its tables were made."""
        change = (
            "" if self.newest_change is None else f"; the newest price change in them: {self.newest_change}"
        )
        return f"{PACKAGE} {self.version} (tables without a date of their own{change})"


def price_usd(model: CloudModel, prompt_tokens: int, completion_tokens: int, at: datetime) -> float | None:
    """What one request of so many tokens cost at an aware instant; None: the tables have no price for it.

    Tokens are taken as they were counted here; the cloud's own tokenizer may count others. Thinking
    tokens, caching and retries are left out.
    """
    known = _find(model)
    if known is None or prompt_tokens + completion_tokens <= 0:
        return None
    prices = known.get_prices(at)
    place = _places(model).index(id(prices))
    of_prompt, of_token = _rates(model, place, prompt_tokens)
    total = of_prompt + of_token * completion_tokens
    return float(total) if total > 0 else None


def price_tables(now: datetime) -> PriceTables:
    """The tables that are installed. `newest_change` leaves out changes that are announced for later."""
    changes = [day for day in _change_days() if day <= now.date()]
    return PriceTables(version(PACKAGE), max(changes, default=None))


@cache
def _change_days() -> tuple[date, ...]:
    from genai_prices.data_snapshot import get_snapshot

    return tuple(day for provider in get_snapshot().providers for day in _changes_of(provider))


@cache
def _find(model: CloudModel) -> Any:
    """genai-prices' own entry of a model, or None."""
    from genai_prices.data_snapshot import get_snapshot

    try:
        return get_snapshot().find_provider_model(model.model.strip(), None, model.provider, None)[1]
    except LookupError:
        return None


@cache
def _places(model: CloudModel) -> list[int]:
    """Which of a model's prices, one after the other in time, is which object."""
    return [id(prices) for prices in _all_prices(_find(model))]


@lru_cache(maxsize=65_536)
def _rates(model: CloudModel, place: int, prompt_tokens: int) -> tuple[Decimal, Decimal]:
    """What a prompt of this length costs, and each token written to it.

    Prices are linear in the tokens written, and the prompt's length alone decides on the tier, so
    thousands of drafts take few of the package's slow calculations.
    """
    from genai_prices import Usage

    prices = _all_prices(_find(model))[place]
    without, with_some = (
        prices.calc_price(Usage(input_tokens=prompt_tokens, output_tokens=written))["total_price"]
        for written in (0, _SOME_TOKENS)
    )
    return without, (with_some - without) / _SOME_TOKENS


def _all_prices(known: Any) -> list[Any]:
    return [each.prices for each in known.prices] if isinstance(known.prices, list) else [known.prices]


def _changes_of(provider: Any) -> Iterator[date]:
    for model in provider.models:
        for price in model.prices if isinstance(model.prices, list) else ():
            day = getattr(price.constraint, "start_date", None)
            if isinstance(day, date):
                yield day
