"""Which meters this machine has, best first."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import structlog

from generation.energy.apple import open_apple_meter
from generation.energy.declared import DeclaredMeter
from generation.energy.macmon import MacmonMeter
from generation.energy.meter import EnergyMeter
from generation.energy.nvml import open_nvml_meter
from generation.energy.powercap import POWERCAP, open_powercap_meter

MACMON_PORT = 9090

_log = structlog.get_logger(__name__)


def open_meters(
    declared_watts: float | None,
    macmon_port: int = MACMON_PORT,
    platform: str = sys.platform,
    environment: Mapping[str, str] = os.environ,
    powercap: Path = POWERCAP,
) -> tuple[EnergyMeter, ...]:
    """The meters in the order in which a text's energy is taken from them.

    On macOS the chip's counters, then macmon, which may come later; elsewhere NVML and RAPL, which
    see different devices. The declaration is last and stands in where a meter says nothing; without
    `declared_watts`, or with 0, there is none.
    """
    meters = tuple(_meters(declared_watts, macmon_port, platform, environment, powercap))
    _log.info("energy meters", meters=[meter.method for meter in meters])
    return meters


def _meters(
    declared_watts: float | None,
    macmon_port: int,
    platform: str,
    environment: Mapping[str, str],
    powercap: Path,
) -> Iterator[EnergyMeter]:
    if platform == "darwin":
        yield from _where_there_is_one(open_apple_meter)
        macmon = MacmonMeter(macmon_port)
        macmon.start()
        yield macmon
    else:
        yield from _where_there_is_one(lambda: open_nvml_meter(environment))
        yield from _where_there_is_one(lambda: open_powercap_meter(powercap))
    if declared_watts:
        yield DeclaredMeter(declared_watts)


def _where_there_is_one(open_one: Callable[[], Any]) -> Iterator[EnergyMeter]:
    meter = open_one()
    if meter is not None:
        yield meter
