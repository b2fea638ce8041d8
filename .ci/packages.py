"""Wheel and sdist: the same bytes wherever they are built, with a bill of the materials that are in them.

    python .ci/packages.py twice        builds both in two folders and time zones, and compares the bytes
    python .ci/packages.py check FILE…  reads the wheels' bills of materials and licences

Needs build and cyclonedx-python-lib[json-validation].
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONSTRAINTS = ROOT / ".ci" / "build.txt"


def built(folder: Path, **environment: str) -> dict[str, Path]:
    """Clone what is committed into a folder, build an sdist, and from it a wheel; return them by name."""
    subprocess.run(["git", "clone", "--quiet", ROOT, folder / "mlnn"], check=True)
    command = [sys.executable, "-m", "build", "--outdir", folder / "dist", "--dependency-constraints-txt", CONSTRAINTS]
    done = subprocess.run(
        [*command, folder / "mlnn"], env=os.environ | environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return {path.name: path for path in sorted((folder / "dist").iterdir())}


def twice() -> int:
    """Build twice, compare, and check the wheel; return how many files differ."""
    with tempfile.TemporaryDirectory() as room:
        one = built(Path(room) / "one", PYTHONHASHSEED="1", TZ="UTC")
        os.umask(0o077)
        other = built(Path(room) / "some where" / "deeper", PYTHONHASHSEED="2", TZ="Asia/Tokyo", LANG="C")
        differing = 0
        for name, path in one.items():
            hashes = [hashlib.sha256(file.read_bytes()).hexdigest() for file in (path, other[name])]
            same = hashes[0] == hashes[1]
            differing += not same
            print(f"{'the same bytes' if same else 'DIFFERENT'}: {name} {' '.join(dict.fromkeys(hashes))}")
        checked([path for path in one.values() if path.suffix == ".whl"])
    return differing


def checked(wheels: list[Path]) -> None:
    """Demand of each wheel valid bills of materials that say with what it was built, and the licences of all parts."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    pinned = dict(re.findall(r"^([\w-]+)==(\S+)$", CONSTRAINTS.read_text(encoding="utf-8"), re.MULTILINE))
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            texts = {name: archive.read(name) for name in archive.namelist() if ".dist-info/" in name}
        bills = {name.rpartition("/")[2]: text.decode() for name, text in texts.items() if "/sboms/" in name}
        assert set(bills) >= {"page.cdx.json", "engine.cdx.json"}, f"{wheel.name} has only {sorted(bills)}"
        for name, bill in bills.items():
            wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill)
            assert not wrong, f"{wheel.name}: {name}: {wrong}"
        parts = {part["name"]: part["version"] for bill in bills.values() for part in json.loads(bill)["components"]}
        assert parts["nanobind"] == pinned["nanobind"], parts
        licences = b"\n".join(text for name, text in texts.items() if "/licenses/" in name).decode()
        authors = {"nanobind": "Wenzel Jakob", "robin-map": "Thibaut Goetghebuer-Planchon"}
        unsaid = [part for part in parts if authors.get(part, part) not in licences]
        assert not unsaid, f"{wheel.name} has no licence of {unsaid}"
        print(f"{wheel.name} contains {', '.join(f'{name} {version}' for name, version in parts.items())}")


def main() -> int:
    """Do what is asked; return 1 if anything is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["twice", "check"])
    parser.add_argument("wheels", nargs="*", type=Path, metavar="FILE")
    options = parser.parse_args()
    if options.what == "twice":
        return min(twice(), 1)
    checked(options.wheels)
    return 0


if __name__ == "__main__":
    sys.exit(main())
