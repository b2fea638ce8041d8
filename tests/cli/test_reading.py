import click
import pytest
from click.testing import CliRunner
from commands import assert_one_sentence
from commands import run as mlnn

from mlnn.cli.reading import meaning, reading
from mlnn.frame.reading import Reading


@click.command()
@click.argument("data")
@reading
def show(data, reading):
    click.echo(f"{data} {reading!r}")


def run(*options):
    return CliRunner().invoke(show, ["x.csv", *options])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], Reading()),
        (["--sep", ";"], Reading(sep=";")),
        (["--sep", "tab"], Reading(sep="\t")),
        (["--encoding", "cp1252", "--header", "0", "--table", "t"], Reading(encoding="cp1252", header=0, table="t")),
        (["--most-bytes", "8GB"], Reading(most_bytes=8 * 10**9)),
        (["--most-bytes", "8GiB"], Reading(most_bytes=8 << 30)),
        (["--most-bytes", "1.5 kb"], Reading(most_bytes=1500)),
        (["--most-bytes", "1.5 kib"], Reading(most_bytes=1536)),
        (["--most-bytes", "100"], Reading(most_bytes=100)),
    ],
)
def test_options_become_a_reading(options, expected):
    done = run(*options)
    assert done.output == f"x.csv {expected!r}\n"
    assert eval(done.output.partition(" ")[2]) == expected


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--sep", "ab"], "sep must be one character, no letter, digit or quote, but got 'ab'"),
        (["--header", "-1"], "-1 is not in the range"),
        (["--most-bytes", "much"], "expected a size such as 500MB or 8GB, but got 'much'"),
        (["--most-bytes", "0"], "expected a size such as 500MB or 8GB, but got '0'"),
    ],
)
def test_what_cannot_be_is_refused(options, sentence):
    done = run(*options)
    assert done.exit_code == 2
    assert sentence in " ".join(done.output.split())


def test_a_command_s_own_errors_stay_its_own():
    @click.command()
    @reading
    def broken(reading):
        raise ValueError("its own")

    assert isinstance(CliRunner().invoke(broken, []).exception, ValueError)


@click.command()
@meaning
def train(decimal, missing):
    click.echo(f"{decimal} {missing}")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], "None None"),
        (["--decimal", ","], ", None"),
        (["--thousands", "."], ", None"),
        (["--thousands", ",", "--decimal", "."], ". None"),
        (["--missing", "n/a", "--missing", ""], "None ('n/a', '')"),
    ],
)
def test_options_tell_what_cells_mean(options, expected):
    assert CliRunner().invoke(train, options).output == f"{expected}\n"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--decimal", ",", "--thousands", ","], "decimal and thousands must differ, but both are ','"),
        (["--decimal", "'"], '"\'" is not one of'),
        (["--thousands", " "], "' ' is not one of"),
    ],
)
def test_marks_that_cannot_be_are_refused(options, sentence):
    told = CliRunner().invoke(train, options)
    assert told.exit_code == 2
    assert sentence in " ".join(told.output.split())


@pytest.mark.parametrize("command", ["predict", "evaluate", "compare", "explain", "play"])
@pytest.mark.parametrize("option", ["--decimal", "--thousands", "--missing"])
def test_what_only_training_heeds_is_an_option_of_training_alone(command, option):
    told = mlnn(command, "m.mlnn", "d.csv", option, ",")
    assert_one_sentence(told.exit_code, told.stdout, told.stderr, "No such option")
    assert option in told.stderr
