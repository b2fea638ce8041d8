"""The machine in a few words: processor, caches, versions."""

import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ["mlnn-learn", "numpy", "scipy", "scikit-learn", "torch", "jax"]


def processor() -> str:
    """Return the processor's name and its widest vectors."""
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").exists() else ""
    name = re.search(r"model name\s*:\s*(.*)", text)
    family = re.search(r"cpu family\s*:\s*(\d+)\nmodel\s*:\s*(\d+)", text)
    vectors = next((word for word in ("avx512f", "avx2", "avx", "asimd") if re.search(rf"\b{word}\b", text)), "")
    parts = [name[1] if name else platform.machine()]
    parts += [f"family {family[1]} model {family[2]}"] if family else []
    parts += [vectors] if vectors else []
    return ", ".join(parts)


def caches() -> str:
    """Return the sizes of the first core's caches."""
    found = []
    for index in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = ((index / name).read_text().strip() for name in ("level", "type", "size"))
        if kind != "Instruction":
            found.append(f"L{level} {size.removesuffix('K')} KiB")
    return ", ".join(found)


def versions() -> str:
    """Return the versions of everything that takes part."""
    found = [f"Python {platform.python_version()}"]
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def description(cores: int) -> str:
    """Return one sentence."""
    return f"{processor()}; {cores} cores; caches {caches() or 'unknown'}; {versions()}."
