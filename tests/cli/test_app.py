"""The commands' gathering: they are imported when they run, and not before."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from mlnn.cli.app import COMMANDS, app


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], []])
def test_asking_what_there_is_imports_no_library(arguments):
    code = "import sys\nfrom mlnn.cli import main\ntry: main()\nfinally: print(sorted(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    loaded = done.stderr.rsplit("[", 1)[1]
    assert "'click.core'" in loaded
    for library in ("numpy", "sklearn", "rich", "mlnn.cli.train"):
        assert f"'{library}'" not in loaded


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there_and_says_what_the_list_says(name):
    listed = CliRunner().invoke(app, ["--help"]).stdout
    assert f"\n  {name} " in listed
    command = app.get_command(None, name)
    assert command.name == name
    assert command.help


def test_a_command_that_is_not_there_is_refused():
    done = CliRunner().invoke(app, ["trian"])
    assert done.exit_code == 2
    assert "trian" in done.stderr
