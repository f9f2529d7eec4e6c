"""What copydesk.toml may say about costs, and what it refuses in words."""

from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import Settings, load_settings
from evaluation.costs.assumptions import CloudModel, People
from evaluation.costs.cloud_prices import price_usd
from tests.costs import noon

FOUR = 'currency = "USD"\nsource = "contract"\ndate = 2026-03-01\n'
TARIFF = (
    'tariff = [{{ start = "06:00", end = "22:00", price_per_kwh = 0.31 }}, '
    '{{ start = "{0}", end = "06:00", price_per_kwh = 0.22 }}]'
)


def load(folder: Path, text: str) -> Settings:
    (folder / "copydesk.toml").write_text(text)
    return load_settings(None, {}, folder)


def test_the_defaults_say_that_they_are_assumed(tmp_path: Path) -> None:
    given = load(tmp_path, "").cost_assumptions

    assert given.electricity.origin == "assumed, not your contract, 2026-11-01"
    assert given.machine.source == "assumed, not your invoice"
    assert given.people is None


def test_the_cloud_models_of_the_defaults_have_a_price(tmp_path: Path) -> None:
    prices = [
        price_usd(model, 100, 200, noon()) for model in load(tmp_path, "").cost_assumptions.cloud_models
    ]

    assert None not in prices
    assert prices == sorted(prices, key=lambda price: price or 0)  # small, mid, frontier


def test_a_tariff_takes_the_place_of_the_price(tmp_path: Path) -> None:
    settings = load(tmp_path, f"[electricity]\n{FOUR}{TARIFF.format('22:00')}")

    assert settings.cost_assumptions.electricity.mean_usd_per_kwh == pytest.approx(0.28)


def test_other_tables_are_taken_over(tmp_path: Path) -> None:
    text = (
        '[prices]\ncloud_models = ["mistral:mistral-small-latest"]\n'
        "[people]\nhourly_usd = 60\n[power]\nidle_watts = 6.5\n"
    )
    given = load(tmp_path, text).cost_assumptions

    assert given.cloud_models == (CloudModel("mistral", "mistral-small-latest"),)
    assert given.people == People(60, 1, 5)
    assert (given.machine.idle_watts, given.machine.declared_watts) == (6.5, 35.0)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[electricity]\nprice_per_kwh = 0.3", "electricity.source is missing."),
        ("[electricity]\nprice_per_kwh = 0.3", "electricity.date is missing."),
        ("[electricity]\nprice_per_kwh = 0.3", "electricity.currency is missing."),
        ("[machine]\nprice_usd = 2000", "machine.source is missing."),
        (f"[electricity]\n{FOUR}", "electricity is not allowed: say either price_per_kwh or tariff."),
        (
            f"[electricity]\nprice_per_kwh = -1\n{FOUR}",
            "price_per_kwh = -1 is not allowed: it must be at least 0",
        ),
        (f"[electricity]\n{FOUR}{TARIFF.format('23:00')}", "nothing is said about 22:00 to 23:00"),
        (f"[electricity]\n{FOUR}{TARIFF.format('21:00')}", "two bands hold 21:00 to 22:00"),
        (f"[electricity]\n{FOUR}{TARIFF.format('25:00')}", "it must be a time of day in quotes"),
        (
            '[electricity]\nprice_per_kwh = 0.3\ncurrency = "EUR"\nsource = "c"\ndate = 2026-01-01',
            "so say usd_per_unit, what one EUR is worth",
        ),
        (f"[electricity]\nprice_per_kwh = 0.3\nusd_per_unit = 2\n{FOUR}", "leave usd_per_unit out"),
        (
            '[electricity]\nprice_per_kwh = 0.3\ncurrency = "dollars"\nsource = "c"\ndate = 2026-01-01',
            "it must be a currency of three letters",
        ),
        (
            '[electricity]\nprice_per_kwh = 0.3\ncurrency = "USD"\nsource = "c"\ndate = "soon"',
            "it must be a date without quotes",
        ),
        (
            '[machine]\nprice_usd = 1\nresale_usd = 2\nlifetime_years = 1\nsource = "i"\ndate = 2026-01-01',
            "resale_usd must not exceed price_usd",
        ),
        ("[machine]\nlifetime_years = 0", "lifetime_years = 0 is not allowed: it must be above 0"),
    ],
)
def test_what_cannot_be_is_refused_in_words(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load(tmp_path, text)
    assert sentence in str(refusal.value)
