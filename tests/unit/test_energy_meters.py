"""Each meter against what its source was seen to answer: shapes from its documentation, by hand."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from generation.energy.apple import AppleSiliconMeter, open_apple_meter
from generation.energy.declared import DeclaredMeter
from generation.energy.macmon import system_watts
from generation.energy.meter import EnergyCount, Scope
from generation.energy.nvml import open_nvml_meter
from generation.energy.opening import open_meters
from generation.energy.powercap import open_powercap_meter


@dataclass
class AppleReading:
    """AppleEnergyMetrics of zeus-apple-silicon 1.1, as far as it is read."""

    cpu_total_mj: int | None = None
    gpu_mj: int | None = None
    gpu_sram_mj: int | None = None
    ane_mj: int | None = None
    dram_mj: int | None = None


@dataclass
class AppleMonitor:
    reading: AppleReading

    def get_cumulative_energy(self) -> AppleReading:
        return self.reading


class TestAppleSilicon:
    def test_the_parts_of_the_chip_are_added_in_joules(self) -> None:
        meter = AppleSiliconMeter(AppleMonitor(AppleReading(12_000, 30_000, 500, 0, 2_500)))
        assert meter.read() == EnergyCount(45.0, 30.0)
        assert (meter.scope, meter.sees("mps"), meter.sees("cpu"), meter.sees("cuda")) == (
            "soc",
            True,
            True,
            False,
        )

    def test_a_macos_that_tells_nothing_makes_it_unavailable(self) -> None:
        assert AppleSiliconMeter(AppleMonitor(AppleReading(dram_mj=7))).read() is None

    def test_a_gpu_that_is_not_told_counts_as_none_of_the_accelerator(self) -> None:
        assert AppleSiliconMeter(AppleMonitor(AppleReading(cpu_total_mj=1_000))).read() == EnergyCount(1, 0)

    def test_without_the_package_there_is_no_such_meter(self) -> None:
        assert open_apple_meter() is None


class TestMacmon:
    @pytest.mark.parametrize(
        ("reading", "watts"),
        [
            ({"sys_power": 41.5, "all_power": 30.0}, 41.5),
            ({"sys_power": 0.0, "all_power": 0.0}, None),  # the sensor could not be read
            ({"sys_power": 30.0, "all_power": 30.0}, None),  # the sensor says 0: this is the chip alone
            ({"all_power": 30.0}, None),  # an older macmon
            ({"sys_power": None}, None),
            ({"sys_power": float("nan")}, None),
            ({"error": "no data yet"}, None),
            (["another service on that port"], None),
        ],
    )
    def test_only_a_power_of_the_whole_machine_counts(self, reading: Any, watts: float | None) -> None:
        assert system_watts(reading) == watts


def zone(root: Path, name: str, what: str, microjoules: int, span: int = 262_143_328_850) -> Path:
    folder = root / name
    folder.mkdir(parents=True)
    (folder / "name").write_text(f"{what}\n")
    (folder / "energy_uj").write_text(f"{microjoules}\n")
    (folder / "max_energy_range_uj").write_text(f"{span}\n")
    return folder


class TestPowercap:
    def test_packages_and_their_memory_are_added_and_their_parts_are_not(self, tmp_path: Path) -> None:
        zone(tmp_path, "intel-rapl:0", "package-0", 5_000_000)
        zone(tmp_path, "intel-rapl:0:0", "core", 4_000_000)
        zone(tmp_path, "intel-rapl:0:1", "dram", 1_000_000)
        zone(tmp_path, "intel-rapl:1", "package-1", 2_000_000)
        zone(tmp_path, "intel-rapl:2", "psys", 90_000_000)
        (tmp_path / "intel-rapl").mkdir()
        meter = open_powercap_meter(tmp_path)

        assert meter is not None
        assert meter.read() == EnergyCount(8.0)
        assert (meter.scope, meter.sees("cpu"), meter.sees("cuda")) == ("soc", True, False)

    def test_a_counter_that_begins_again_goes_on(self, tmp_path: Path) -> None:
        package = zone(tmp_path, "intel-rapl:0", "package-0", 9_000_000, span=9_999_999)
        meter = open_powercap_meter(tmp_path)
        assert meter is not None
        (package / "energy_uj").write_text("500000")
        assert meter.read() == EnergyCount(10.5)
        (package / "energy_uj").write_text("400000")
        assert meter.read() == EnergyCount(20.4)

    @pytest.mark.parametrize("content", ["", "no number"])
    def test_a_counter_that_cannot_be_read_is_unavailable(self, tmp_path: Path, content: str) -> None:
        package = zone(tmp_path, "intel-rapl:0", "package-0", 1)
        meter = open_powercap_meter(tmp_path)
        assert meter is not None
        (package / "energy_uj").write_text(content)
        assert meter.read() is None
        (package / "energy_uj").unlink()
        assert meter.read() is None
        assert open_powercap_meter(tmp_path) is None

    def test_without_powercap_there_is_no_such_meter(self, tmp_path: Path) -> None:
        assert open_powercap_meter(tmp_path / "nowhere") is None


class Nvml:
    """The module pynvml, with two cards; `fails` names the call that the driver refuses."""

    class NVMLError(Exception):
        pass

    def __init__(self, fails: str = "") -> None:
        self.fails = fails
        self.is_shut_down = False

    def nvmlInit(self) -> None:  # noqa: N802 - NVML's names
        self._call("nvmlInit")

    def nvmlShutdown(self) -> None:  # noqa: N802
        self.is_shut_down = True

    def nvmlDeviceGetHandleByIndex(self, index: int) -> str:  # noqa: N802
        return f"card {index}"

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> str:  # noqa: N802
        return uuid

    def nvmlDeviceGetTotalEnergyConsumption(self, card: str) -> int:  # noqa: N802
        self._call("nvmlDeviceGetTotalEnergyConsumption")
        return {"card 0": 71_085, "card 1": 5_000, "GPU-77": 9_000}[card]

    def _call(self, name: str) -> None:
        if name == self.fails:
            raise self.NVMLError(name)


class TestNvml:
    @pytest.mark.parametrize(
        ("visible", "joules"), [("", 71.085), ("1,0", 5.0), ("GPU-77", 9.0), ("none", 71.085)]
    )
    def test_the_card_that_cuda_sees_first_is_read(self, visible: str, joules: float) -> None:
        meter = open_nvml_meter({"CUDA_VISIBLE_DEVICES": visible}, Nvml())
        assert meter is not None
        assert meter.read() == EnergyCount(joules, joules)
        assert (meter.scope, meter.sees("cuda:0"), meter.sees("cpu")) == ("accelerator", True, False)

    @pytest.mark.parametrize("fails", ["nvmlInit", "nvmlDeviceGetTotalEnergyConsumption"])
    def test_a_card_without_a_counter_has_no_meter(self, fails: str) -> None:
        nvml = Nvml(fails)
        assert open_nvml_meter({}, nvml) is None
        assert nvml.is_shut_down == (fails != "nvmlInit")

    def test_a_counter_that_fails_later_is_unavailable(self) -> None:
        nvml = Nvml()
        meter = open_nvml_meter({}, nvml)
        assert meter is not None
        nvml.fails = "nvmlDeviceGetTotalEnergyConsumption"
        assert meter.read() is None
        meter.close()
        assert nvml.is_shut_down


class TestOpening:
    def test_linux_has_its_counters_before_the_declaration(self, tmp_path: Path) -> None:
        zone(tmp_path, "intel-rapl:0", "package-0", 1)
        meters = open_meters(35.0, platform="linux", environment={}, powercap=tmp_path)
        scopes = [meter.scope for meter in meters]
        for meter in meters:
            meter.close()
        assert scopes[-2:] == [Scope.SOC, Scope.DECLARED]

    @pytest.mark.parametrize("watts", [None, 0.0])
    def test_no_watts_declared_is_no_meter_and_not_a_meter_of_nothing(
        self, tmp_path: Path, watts: float | None
    ) -> None:
        meters = open_meters(watts, platform="linux", environment={}, powercap=tmp_path)
        assert Scope.DECLARED not in [meter.scope for meter in meters]
        for meter in meters:
            meter.close()

    def test_nothing_can_be_declared_below_or_at_zero(self) -> None:
        with pytest.raises(ValueError, match="above 0"):
            DeclaredMeter(0.0)
