"""What a text would have cost at a cloud model, by genai-prices' tables, offline.

The tables know prices by date, and tiers for long prompts. A model that they do not know, or know
without a price, has no price here: never 0.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.metadata import version
from typing import Any

from evaluation.costs.assumptions import CloudModel

PACKAGE = "genai-prices"


@dataclass(frozen=True)
class PriceTables:
    """Which tables these are: the package's version, and their newest price change in force."""

    version: str
    newest_change: date | None

    @property
    def words(self) -> str:
        changed = "" if self.newest_change is None else f", newest price change {self.newest_change}"
        return f"{PACKAGE} {self.version}{changed}"


def price_usd(model: CloudModel, prompt_tokens: int, completion_tokens: int, at: datetime) -> float | None:
    """What one request of so many tokens cost at an aware instant; None: the tables have no price for it.

    Tokens are taken as they were counted here; the cloud's own tokenizer may count others. Thinking
    tokens, caching and retries are left out.
    """
    from genai_prices import Usage, calc_price

    if prompt_tokens + completion_tokens <= 0:
        return None
    usage = Usage(input_tokens=prompt_tokens, output_tokens=completion_tokens)
    try:
        found = calc_price(
            usage, _spelled(model.model), provider_id=model.provider, genai_request_timestamp=at
        )
    except LookupError:
        return None
    return float(found.total_price) if found.total_price > 0 else None


def price_tables(now: datetime) -> PriceTables:
    """The tables that are installed. `newest_change` leaves out changes that are announced for later."""
    changes = [day for day in _change_days() if day <= now.date()]
    return PriceTables(version(PACKAGE), max(changes, default=None))


@cache
def _change_days() -> tuple[date, ...]:
    from genai_prices.data_snapshot import get_snapshot

    return tuple(day for provider in get_snapshot().providers for day in _changes_of(provider))


def _changes_of(provider: Any) -> Iterator[date]:
    for model in provider.models:
        for price in model.prices if isinstance(model.prices, list) else ():
            day = getattr(price.constraint, "start_date", None)
            if isinstance(day, date):
                yield day


def _spelled(model: str) -> str:
    return model.strip().lower()
