"""Hostile files and options on the command line: the right answer, or exit code 2 and one line."""

import pytest
from hostile.commands import example, start

from mlnn.cli.app import COMMANDS, app

EXAMPLES = 15
"""So many for each block of numbers; bench/fuzz_commands.py runs as many as one likes."""


@pytest.mark.parametrize("block", range(3))
def test_command_lines_answer_or_end_in_one_line(block):
    ended = [example(number) for number in range(block * EXAMPLES, (block + 1) * EXAMPLES)]
    assert {code for _, code in ended} >= {"0", "2"}


@pytest.mark.parametrize("name", ["", *COMMANDS])
@pytest.mark.parametrize("option", ["--nonsense\x1b[31m", "--help=\x1b[31m", "-Q"])
def test_options_that_are_none_end_in_one_line(name, option):
    from click.testing import CliRunner

    result = CliRunner().invoke(app, [*([name] if name else []), option])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("mlnn: ")
    assert result.stderr.count("\n") == 1
    assert result.stderr[:-1].isprintable()


@pytest.mark.parametrize("form", start()[2])
def test_every_form_of_a_table_gets_the_same_predictions(form, tmp_path):
    from click.testing import CliRunner
    from hostile.commands import same

    models, _, forms, answers = start()
    (tmp_path / form).write_bytes(forms[form])
    for model, answer in answers.items():
        result = CliRunner().invoke(app, ["predict", str(models / f"{model}.mlnn"), str(tmp_path / form)])
        assert same(result.stdout, answer)


def test_one_column_is_meant_where_one_is_asked_for(tmp_path):
    from click.testing import CliRunner

    data = tmp_path / "plain.csv"
    data.write_bytes(start()[2]["plain.csv"])
    for option in ("--weights", "--group", "--time"):
        line = ["train", str(data), "--target", "price", option, "area,area"]
        result = CliRunner().invoke(app, line)
        assert result.exit_code == 2
        assert "column 'area,area' is not in plain.csv" in result.stderr
