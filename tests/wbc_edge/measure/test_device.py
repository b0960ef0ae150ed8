from __future__ import annotations

from pathlib import Path

import pytest

from wbc_edge.measure import device


@pytest.fixture
def pi(tmp_path: Path) -> Path:
    """The files that tell a Raspberry Pi 4 from other machines."""
    files = {
        "proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.4\0",
        "proc/cpuinfo": "processor\t: 0\nFeatures\t: fp asimd evtstrm crc32\nCPU part\t: 0xd08\n",
        "proc/meminfo": "MemTotal:        3884340 kB\nMemFree: 1 kB\n",
        "etc/os-release": 'ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
        "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "ondemand\n",
        "sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq": "1800000\n",
        "sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq": "600000\n",
        "sys/class/thermal/thermal_zone0/type": "cpu-thermal\n",
        "sys/class/thermal/thermal_zone0/temp": "61835\n",
        "sys/class/thermal/thermal_zone1/type": "pmic\n",
        "sys/class/thermal/thermal_zone1/temp": "80000\n",
        "sys/devices/platform/soc/soc:firmware/get_throttled": "50004\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_a_raspberry_pi_is_described(pi: Path) -> None:
    described = device.describe(pi)
    assert described.board == "Raspberry Pi 4 Model B Rev 1.4"
    assert described.processor == "Cortex-A72"
    assert described.features == ("asimd",)
    assert described.governor == "ondemand"
    assert described.maximum_mhz == 1800
    assert described.memory == 3884340 * 1024
    assert described.system.startswith("Debian GNU/Linux 12 (bookworm), ")


def test_its_state_is_read(pi: Path) -> None:
    reading = device.read(pi)
    assert reading.temperature == pytest.approx(61.835)
    assert reading.mhz == 600
    assert reading.throttling == (
        "throttled",
        "under-voltage has occurred",
        "throttling has occurred",
    )


def test_a_board_that_was_never_throttled_says_so(pi: Path) -> None:
    (pi / "sys/devices/platform/soc/soc:firmware/get_throttled").write_text("0\n")
    assert device.read(pi).throttling == ()


def test_where_the_kernel_does_not_tell_the_firmwares_command_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = tmp_path / "vcgencmd"
    command.write_text("#!/bin/sh\necho throttled=0x50000\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(device, "THROTTLING_FILES", ())
    assert device.read().throttling == (
        "under-voltage has occurred",
        "throttling has occurred",
    )


def test_a_machine_without_these_files_is_described_all_the_same(
    tmp_path: Path,
) -> None:
    described, reading = device.describe(tmp_path), device.read(tmp_path)
    assert (described.board, described.governor, described.features) == (None, None, ())
    assert described.cores >= 1
    assert (reading.temperature, reading.mhz, reading.throttling) == (None, None, None)


def test_this_machine_is_described() -> None:
    described = device.describe()
    assert described.machine
    assert described.packages["numpy"]
    assert "no-such-package" not in described.packages
