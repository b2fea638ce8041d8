"""The page's TypeScript, built from its sources and run in Node."""

import json
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from mlnn.play.formulas import script

WEB = Path(__file__).parents[1] / "web"
NODE, MODULES = shutil.which("node"), WEB / "node_modules"
ESBUILD = MODULES / "esbuild" / "bin" / "esbuild"
needs_node = [
    pytest.mark.skipif(NODE is None, reason="there is no node"),
    pytest.mark.skipif(not ESBUILD.exists(), reason="web/node_modules is missing: npm ci in web/"),
]


def built(folder, entry, change=lambda text: text):
    """Build a script around the page's sources, with the formulas as they are now; it reads JSON and prints JSON."""
    shutil.copytree(WEB / "src", folder / "src")
    (folder / "node_modules").symlink_to(MODULES)
    (folder / "src" / "engine" / "formulas.ts").write_text(change(script()), encoding="utf-8")
    (folder / "entry.ts").write_text(entry, encoding="utf-8")
    command = [ESBUILD, "entry.ts", "--bundle", "--format=esm", "--platform=node", "--outfile=built.mjs"]
    subprocess.run([*map(str, command), "--log-level=warning"], check=True, cwd=folder)
    return folder / "built.mjs"


def answered(bundle, asked):
    """Run it on what is asked."""
    done = subprocess.run([NODE, str(bundle)], input=json.dumps(asked), text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@contextmanager
def talking(bundle):
    """Run it once for many questions: return a function that asks it one and returns its answer, a line each."""
    with tempfile.TemporaryFile("w+") as complaints:
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": complaints}
        with subprocess.Popen([NODE, str(bundle)], text=True, encoding="utf-8", **streams) as node:

            def ask(asked):
                node.stdin.write(json.dumps(asked) + "\n")
                node.stdin.flush()
                answer = node.stdout.readline()
                complaints.seek(0)
                assert answer, complaints.read()
                return json.loads(answer)

            yield ask
            node.stdin.close()
            node.kill()
