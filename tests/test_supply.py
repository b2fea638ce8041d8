"""What others wrote of a wheel is said in it: bills of materials, and licences."""

import base64
import importlib.metadata
import importlib.resources
import json
import re
from pathlib import Path

import pytest

from mlnn.engine import engines

ROOT = Path(__file__).parents[1]
PARTIES = ROOT / "third-party"


@pytest.fixture(scope="module")
def locked():
    """Return the packages of the lock file that are not for development only, by name."""
    packages = json.loads((ROOT / "web" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    wanted = {path: package for path, package in packages.items() if path and not package.get("dev")}
    return {path.removeprefix("node_modules/"): package for path, package in wanted.items()}


@pytest.fixture(scope="module")
def page():
    return json.loads((PARTIES / "page.cdx.json").read_text(encoding="utf-8"))


def test_the_pages_bill_names_exactly_what_is_locked(locked, page):
    named = {part["name"]: part for part in page["components"]}
    assert set(named) == set(locked)
    assert len(named) >= 6
    for name, part in named.items():
        package = locked[name]
        assert part["version"] == package["version"]
        assert part["licenses"] == [{"license": {"id": package["license"]}}]
        assert part["purl"] == f"pkg:npm/{name.replace('@', '%40')}@{package['version']}"
        (found,) = part["hashes"]
        assert found["alg"] == "SHA-512"
        assert f"sha512-{base64.b64encode(bytes.fromhex(found['content'])).decode()}" == package["integrity"]


def test_every_part_of_the_page_has_its_licence_beside_it_and_in_it(page):
    texts = (PARTIES / "page.txt").read_text(encoding="utf-8")
    program = (importlib.resources.files("mlnn.play") / "bundle" / "play.js").read_text(encoding="utf-8")
    notice = program.split("*/", 1)[0]
    assert "Permission is hereby granted, free of charge" in notice
    for part in page["components"]:
        title = f"{part['name']} {part['version']}"
        assert texts.startswith(f"{title}\n") or f"\n{title}\n" in texts
        assert f"\n{title}: Copyright" in notice
    assert texts.count("Permission is hereby granted") == len(page["components"])


def test_the_engines_bill_says_with_what_a_release_is_built():
    pins = (ROOT / ".ci" / "build.txt").read_text(encoding="utf-8") if (ROOT / ".ci").exists() else None
    template = (PARTIES / "engine.cdx.json.in").read_text(encoding="utf-8")
    for name, version in [("nanobind", "3.1.0"), ("robin_map", "1.4.0")]:
        template = template.replace(f"@{name}_VERSION@", version)
    assert "@" not in template.replace("nanobind@3.1.0", "").replace("robin-map@v1.4.0", "")
    bill = json.loads(template)
    assert {part["name"]: part["version"] for part in bill["components"]} == {"nanobind": "3.1.0", "robin-map": "1.4.0"}
    for part in bill["components"]:
        assert (PARTIES / f"{part['name']}.txt").exists()
    if pins is not None:
        built_with = dict(re.findall(r"^([\w-]+)==(\S+)$", pins, re.MULTILINE))
        required = re.search(
            r"^requires = (\[.*\])$", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
        )
        assert {re.split(r"[>=]", need)[0] for need in json.loads(required[1])} <= set(built_with)


def test_an_installation_has_them_in_its_metadata():
    try:
        files = importlib.metadata.files("mlnn-learn")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("mlnn is not installed, but on the path")
    kept = {path.name for path in files or () if path.parent.name == "sboms"}
    built = not engines()["compiled"].startswith("not here")
    assert kept == {"page.cdx.json", "engine.cdx.json"} if built else {"page.cdx.json"}
    assert {"nanobind.txt", "page.txt", "robin-map.txt"} <= {path.name for path in files or ()}


WORKFLOWS = sorted((ROOT / ".github").rglob("*.yml"))


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_run_nothing_that_can_change_and_may_do_little(workflow):
    text = workflow.read_text(encoding="utf-8")
    actions = re.findall(r"uses: *(\S+)(.*)", text)
    assert actions
    for action, comment in actions:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), f"{action} says of which version it is the commit"
    assert len(set(actions)) == len({action.split("@")[0] for action, _ in actions}), "one commit of each action"
    assert "\npermissions: {}\n" in text
    assert "secrets." not in text
    assert text.count("id-token: write") == text.count("gh-action-pypi-publish@") == 1
    assert "pull_request_target" not in text
