"""Sentences about a table: what is so, and what may be done about it, in the words of the face that says it."""

import re


class Sentence(str):
    """A fact, and a remedy by options; as text both, as Python's user reads them.

    Parameters
    ----------
    fact : str
        What is so; a face without options says it alone.
    remedy : str
        What to do, with options as Python has them, ``header=0`` or ``table=``, and no word of a user's.

    Examples
    --------
    >>> several = Sentence("it has 2 tables", "say which with table=")
    >>> print(several)
    it has 2 tables; say which with table=
    >>> fact_of(several), in_options(several)
    ('it has 2 tables', 'it has 2 tables; say which with --table')
    """

    fact: str
    remedy: str

    def __new__(cls, fact: str, remedy: str = "") -> "Sentence":
        """Join both."""
        sentence = super().__new__(cls, f"{fact}; {remedy}" if remedy else fact)
        sentence.fact, sentence.remedy = fact, remedy
        return sentence


def number_of(count: int, thing: str) -> str:
    """Return how many there are of a thing, in words that fit.

    Examples
    --------
    >>> number_of(1, "row"), number_of(2500, "row"), number_of(0, "class")
    ('1 row', '2,500 rows', '0 classes')
    """
    return f"{count:,} {thing}{'' if count == 1 else 'es' if thing.endswith('s') else 's'}"


def fact_of(sentence: str) -> str:
    """Return what a sentence says to who has no options."""
    return sentence.fact if isinstance(sentence, Sentence) else sentence


def in_options(sentence: str) -> str:
    """Return a sentence with its remedy as the command line has it."""
    if not isinstance(sentence, Sentence):
        return sentence
    return Sentence(sentence.fact, OPTION.sub(_option, sentence.remedy))


OPTION = re.compile(r"\b([a-z_]+)=([\w-]*)")


def _option(found: re.Match[str]) -> str:
    return f"--{found[1].replace('_', '-')} {found[2]}".rstrip()
