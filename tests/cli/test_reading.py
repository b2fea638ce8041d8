import click
import pytest
from click.testing import CliRunner

from mlnn.cli.reading import reading
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
        (["--sep", ";", "--decimal", ",", "--thousands", "."], Reading(sep=";", decimal=",", thousands=".")),
        (["--sep", "tab"], Reading(sep="\t")),
        (["--encoding", "cp1252", "--header", "0", "--table", "t"], Reading(encoding="cp1252", header=0, table="t")),
        (["--missing", "n/a", "--missing", ""], Reading(missing=("n/a", ""))),
        (["--most-bytes", "8GB"], Reading(most_bytes=8 << 30)),
        (["--most-bytes", "1.5 kb"], Reading(most_bytes=1536)),
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
        (["--decimal", ",", "--thousands", ","], "decimal and thousands must differ, but both are ','"),
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
