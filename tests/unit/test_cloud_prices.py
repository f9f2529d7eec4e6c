"""Cloud prices from the tables that are installed: by hand, by date, by length, and where there are none."""

from datetime import UTC, date, datetime

import pytest
from genai_prices import Usage, calc_price
from hypothesis import given
from hypothesis import strategies as st

from evaluation.costs.assumptions import CloudModel
from evaluation.costs.cloud_prices import price_tables, price_usd
from tests.costs import SMALL, noon

LUNA = CloudModel("openai", "gpt-5.6-luna")
BEFORE, AFTER = datetime(2026, 7, 29, 12, tzinfo=UTC), datetime(2026, 7, 30, 12, tzinfo=UTC)


def test_a_small_cloud_model_by_hand() -> None:
    # 100 tokens × 0.15 / 1,000,000 + 200 × 0.60 / 1,000,000 = 0.000135
    assert price_usd(SMALL, 100, 200, noon()) == pytest.approx(0.000135)


def test_the_price_is_that_of_the_day_of_the_request() -> None:
    # 1 and 6 USD a million tokens up to 29 July 2026, 0.20 and 1.20 from the 30th on
    assert price_usd(LUNA, 1_000, 1_000, BEFORE) == pytest.approx(0.007)
    assert price_usd(LUNA, 1_000, 1_000, AFTER) == pytest.approx(0.0014)


def test_a_long_prompt_pays_the_price_of_its_tier_for_all_its_tokens() -> None:
    # from 272,000 prompt tokens on 0.40 and 1.80 instead of 0.20 and 1.20
    assert price_usd(LUNA, 272_000, 1_000, AFTER) == pytest.approx(0.0544 + 0.0012)
    assert price_usd(LUNA, 272_001, 1_000, AFTER) == pytest.approx(0.1088004 + 0.0018)


@pytest.mark.parametrize(
    "model",
    [
        CloudModel("openai", "no-such-model"),
        CloudModel("nobody", "gpt-4o-mini"),
        CloudModel("google", "gemma-3"),  # listed, without a price
    ],
)
def test_an_unknown_model_has_no_price_and_not_0(model: CloudModel) -> None:
    assert price_usd(model, 100, 200, noon()) is None


@given(
    st.integers(1, 500_000),
    st.integers(0, 100_000),
    st.sampled_from([LUNA, SMALL, CloudModel("anthropic", "claude-haiku-5-5")]),
)
def test_it_is_what_the_package_itself_says(prompt: int, completion: int, model: CloudModel) -> None:
    package = calc_price(
        Usage(input_tokens=prompt, output_tokens=completion),
        model.model,
        provider_id=model.provider,
        genai_request_timestamp=AFTER,
    )
    assert price_usd(model, prompt, completion, AFTER) == pytest.approx(float(package.total_price))


def test_a_text_without_tokens_has_no_price() -> None:
    assert price_usd(SMALL, 0, 0, noon()) is None


@given(st.integers(0, 2_000_000), st.integers(0, 200_000))
def test_no_price_is_negative_or_silently_zero(prompt: int, completion: int) -> None:
    price = price_usd(LUNA, prompt, completion, AFTER)
    assert price is None if prompt + completion == 0 else price is not None and price > 0


def test_the_tables_have_a_version_and_the_date_of_their_newest_change() -> None:
    tables = price_tables(noon())

    assert tables.newest_change is not None
    assert date(2026, 7, 30) <= tables.newest_change <= noon().date()
    assert tables.words == (
        f"genai-prices {tables.version} (tables without a date of their own; "
        f"the newest price change in them: {tables.newest_change})"
    )


def test_changes_announced_for_later_do_not_make_the_tables_newer() -> None:
    changed = price_tables(AFTER).newest_change
    assert changed is not None
    assert changed <= AFTER.date()
