"""What the figures were measured on, and whether it was hot or throttled at the time.

Everything comes from Linux's /proc and /sys where they are there; elsewhere, and for whatever a
board does not tell, the field is None.
"""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from wbc_edge.cores import usable_cores

# Features that decide which kernels an inference runtime picks.
FEATURES = (
    "sse4_2",
    "avx",
    "f16c",
    "fma",
    "avx2",
    "avx_vnni",
    "avx512f",
    "avx512bw",
    "avx512_vnni",
    "avx512_bf16",
    "amx_int8",
    "neon",
    "asimd",
    "fphp",
    "asimdhp",
    "asimddp",
    "i8mm",
    "bf16",
    "sve",
    "sve2",
    "rvv",
)
PACKAGES = (
    "wbc-edge",
    "numpy",
    "pillow",
    "ai-edge-litert",
    "tflite-runtime",
    "tensorflow",
    "onnxruntime",
    "openvino",
)
# "CPU part" of Arm cores on small boards (their MIDR_EL1 registers); Linux names no model there.
ARM_PARTS = {
    "0xc07": "Cortex-A7",
    "0xd03": "Cortex-A53",
    "0xd04": "Cortex-A35",
    "0xd05": "Cortex-A55",
    "0xd07": "Cortex-A57",
    "0xd08": "Cortex-A72",
    "0xd09": "Cortex-A73",
    "0xd0a": "Cortex-A75",
    "0xd0b": "Cortex-A76",
    "0xd0c": "Neoverse-N1",
    "0xd41": "Cortex-A78",
}
OCCURRED = "has occurred"
# https://www.raspberrypi.com/documentation/computers/os.html#get_throttled
THROTTLING = {
    0: "under-voltage",
    1: "frequency capped",
    2: "throttled",
    3: "soft temperature limit",
    16: f"under-voltage {OCCURRED}",
    17: f"frequency capping {OCCURRED}",
    18: f"throttling {OCCURRED}",
    19: f"soft temperature limit {OCCURRED}",
}
THROTTLING_FILES = (
    "sys/devices/platform/soc*/*firmware/get_throttled",
    "sys/devices/platform/*firmware/get_throttled",
)
BUSY = 0.5
"""Load per core from which other work is said to run."""
ROOT = Path("/")


@dataclass(frozen=True, kw_only=True)
class Device:
    """The machine. `cores` are those that this process may use; `memory` is in bytes."""

    board: str | None
    processor: str | None
    machine: str
    features: tuple[str, ...]
    cores: int
    governor: str | None
    maximum_mhz: float | None
    memory: int | None
    system: str
    python: str
    packages: dict[str, str]

    @property
    def short(self) -> str:
        """The processor, or else the kind of machine, and its cores."""
        return f"{self.processor or self.machine}, {self.cores} cores"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The state of the machine at one moment. `throttling` is None where no firmware tells."""

    temperature: float | None
    mhz: float | None
    load: float | None
    throttling: tuple[str, ...] | None


def describe(root: Path = ROOT) -> Device:
    """The machine that this runs on; `root` stands in for "/" in tests."""
    cpu = _cpuinfo(root)
    frequency = _number(root / "sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq")
    return Device(
        board=_text(root / "proc/device-tree/model"),
        processor=_processor(cpu),
        machine=platform.machine(),
        features=_features(cpu),
        cores=usable_cores(),
        governor=_text(root / "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        maximum_mhz=None if frequency is None else frequency / 1000,
        memory=_memory(root),
        system=_system(root),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        packages=installed_versions(),
    )


def read(root: Path = ROOT) -> Reading:
    """Heat, clock, load and throttling now."""
    frequency = _number(root / "sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq")
    return Reading(
        temperature=_temperature(root),
        mhz=None if frequency is None else frequency / 1000,
        load=_load(),
        throttling=_throttling(root),
    )


def other_work(machine: Device, before: Reading) -> float | None:
    """The load before a measurement, where it tells of other work; None where it does not."""
    busy = before.load is not None and is_busy(before.load, machine.cores)
    return before.load if busy else None


def disturbances(machine: Device, before: Reading, after: Reading) -> Iterator[str]:
    """Sentences, without their full stops, on what times between two readings suffered from."""
    if load := other_work(machine, before):
        yield f"other work was running (load {load:.1f} before); at rest, times are lower"
    if told := throttled(before.throttling, after.throttling):
        yield f"the firmware reports: {', '.join(told)}"
    if before.mhz and after.mhz and after.mhz < 0.9 * before.mhz:
        yield f"the clock fell from {before.mhz:.0f} to {after.mhz:.0f} MHz meanwhile"
    if machine.governor in ("powersave", "ondemand", "conservative"):
        yield f"the governor is {machine.governor}: the clock follows the work"


def is_busy(load: float, cores: int) -> bool:
    """Whether a load tells of other work that times suffer from."""
    return load > BUSY * cores


def throttled(before: Sequence[str] | None, after: Sequence[str] | None) -> list[str]:
    """What a firmware tells of the time between two readings: what holds now, and what is new.

    That something "has occurred" stays told until the machine is started again.
    """
    passed = {flag for flag in before or () if flag.endswith(OCCURRED)}
    return [flag for flag in after or () if flag not in passed]


def installed_versions(packages: Sequence[str] = PACKAGES) -> dict[str, str]:
    """The versions of packages, by default those that decide the figures.

    What is not installed is left out.
    """
    from importlib import metadata

    versions = {}
    for package in packages:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions


def _cpuinfo(root: Path) -> dict[str, str]:
    """The first value of each key of /proc/cpuinfo, keys in lower case."""
    values: dict[str, str] = {}
    for line in (_text(root / "proc/cpuinfo") or "").splitlines():
        key, colon, value = line.partition(":")
        if colon:
            values.setdefault(key.strip().lower(), value.strip())
    return values


def _processor(cpu: dict[str, str]) -> str | None:
    named = cpu.get("model name") or ARM_PARTS.get(cpu.get("cpu part", ""))
    return named or platform.processor() or None


def _features(cpu: dict[str, str]) -> tuple[str, ...]:
    present = set((cpu.get("flags") or cpu.get("features") or "").split())
    return tuple(feature for feature in FEATURES if feature in present)


def _memory(root: Path) -> int | None:
    for line in (_text(root / "proc/meminfo") or "").splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) * 1024
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None


def _system(root: Path) -> str:
    for line in (_text(root / "etc/os-release") or "").splitlines():
        if line.startswith("PRETTY_NAME="):
            name = line.partition("=")[2].strip().strip('"')
            return f"{name}, {platform.system()} {platform.release()}"
    return f"{platform.system()} {platform.release()}"


def _temperature(root: Path) -> float | None:
    """The hottest of the processor's thermal zones, or of all if none is so named, in Celsius."""
    zones = {}
    for zone in sorted((root / "sys/class/thermal").glob("thermal_zone*")):
        degrees = _number(zone / "temp")
        if degrees is not None:
            zones[zone] = degrees / 1000
    processor = [
        degrees
        for zone, degrees in zones.items()
        if any(name in (_text(zone / "type") or "") for name in ("cpu", "soc", "x86_pkg"))
    ]
    return max(processor or zones.values(), default=None)


def _throttling(root: Path) -> tuple[str, ...] | None:
    texts = [_text(path) for pattern in THROTTLING_FILES for path in root.glob(pattern)]
    if not texts and root == ROOT:
        texts = [_vcgencmd()]
    for text in texts:
        try:
            flags = int((text or "").rpartition("=")[2], 16)
        except ValueError:
            continue
        return tuple(name for bit, name in THROTTLING.items() if flags >> bit & 1)
    return None


def _vcgencmd() -> str | None:
    """What a Raspberry Pi's own command says ("throttled=0x50000") where the kernel does not."""
    from shutil import which

    command = which("vcgencmd")
    if command is None:
        return None
    try:
        asked = subprocess.run(
            [command, "get_throttled"], capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return asked.stdout.strip()


def _load() -> float | None:
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):
        return None


def _text(path: Path) -> str | None:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return text.strip("\0\n ") or None


def _number(path: Path) -> float | None:
    try:
        return float(_text(path) or "")
    except ValueError:
        return None
