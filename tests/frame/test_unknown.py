"""Categories that training did not know: counted, told once, and warned of where they are many."""

import warnings

import pytest

from mlnn.frame import ColumnWarning
from mlnn.frame.preparation import Preparation
from mlnn.frame.unknown import unknown_values

TOWNS = {"town": ["Bonn", "Ulm", "Kiel", "Jena"] * 50, "job": ["cook", "clerk"] * 100}


@pytest.fixture(scope="module")
def preparation():
    return Preparation().fit(TOWNS)


def new(count, rows=100):
    return {"town": ["Rom"] * count + ["Bonn"] * (rows - count), "job": ["cook"] * (rows - 1) + ["pilot"]}


def test_few_are_counted_over_all_calls_and_not_warned_of(preparation):
    with warnings.catch_warnings(), unknown_values() as met:
        warnings.simplefilter("error")
        for count in (1, 4):
            preparation.transform(new(count))
    told = "unknown to training, of 200 rows: 'town' in 5, such as 'Rom'; 'job' in 2, such as 'pilot'"
    assert met.sentences() == [told]
    assert met.seen["town"].unknown == 5


def test_more_than_a_twentieth_is_warned_of_and_not_told_again(preparation):
    with unknown_values() as met, pytest.warns(ColumnWarning, match="'town' has 6 % unknown values: 'Rom'"):
        preparation.transform(new(6))
    assert met.sentences() == ["unknown to training, of 100 rows: 'job' in 1, such as 'pilot'"]


def test_nothing_is_told_of_what_was_known_or_was_prepared_elsewhere(preparation):
    with unknown_values() as met:
        preparation.transform(TOWNS)
    preparation.transform(new(1))
    assert met.sentences() == []


def test_of_many_columns_the_first_are_listed():
    names = [f"c{k}" for k in range(7)]
    preparation = Preparation().fit({name: ["a", "b"] * 50 for name in names})
    with unknown_values() as met:
        preparation.transform({name: ["a"] * 99 + ["c"] for name in names})
    (told,) = met.sentences()
    assert told.endswith("'c4' in 1, such as 'c'; and 2 columns more")


def test_where_rare_categories_are_pooled_nobody_says_which_training_had():
    preparation = Preparation(min_frequency=0.1).fit({"town": ["Bonn", "Ulm"] * 49 + ["Kiel", "Jena"]})
    with unknown_values() as met:
        preparation.transform({"town": ["Bonn"] * 97 + ["Rom"] * 3})
    told = "unknown to training, of 100 rows: 'town' in 3, some perhaps only rare, such as 'Rom'"
    assert met.sentences() == [told]


def test_where_no_more_are_rare_than_in_training_nothing_is_told():
    towns = {"town": ["Bonn", "Ulm"] * 49 + ["Kiel", "Jena"]}
    preparation = Preparation(min_frequency=0.1).fit(towns)
    with unknown_values() as met:
        preparation.transform(towns)
    assert met.seen["town"].unknown == 2
    assert met.sentences() == []
