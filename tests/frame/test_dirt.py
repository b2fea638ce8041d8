"""Tables as people have them: whatever is done to a clean table, the score stays, or a message names the column."""

import unicodedata

import numpy as np
import pytest

from mlnn.frame.preparation import Preparation
from mlnn.frame.read import read_table

ROWS = 400
TOWNS = ["Köln", "Bonn", "Ulm", "Kiel am Meer"]


def people(seed):
    """A table of text whose target is a function of its columns, and the target."""
    random = np.random.default_rng(seed)
    price, change = random.uniform(100, 9000, ROWS).round(2), random.normal(0, 40, ROWS).round(2)
    vip, town = random.integers(0, 2, ROWS), random.integers(0, 4, ROWS)
    day = np.datetime64("2021-03-01") + random.integers(0, 700, ROWS)
    since = (day - np.datetime64("2021-03-01")).astype(int)
    y = price / 2500 + change / 40 + 1.5 * vip + np.array([0.0, 1.0, -1.0, 2.0])[town] + since / 300
    columns = {
        "price": [f"{x:.2f}" for x in price],
        "change": [f"{x:.2f}" for x in change],
        "vip": [["no", "yes"][k] for k in vip],
        "town": [TOWNS[k] for k in town],
        "day": [str(d) for d in day],
    }
    return columns, y


def marked(text, thousands, decimal):
    whole, _, tail = text.removeprefix("-").partition(".")
    grouped = f"{int(whole):,}".replace(",", thousands)
    return "-" * text.startswith("-") + grouped + decimal + tail


def each(column, change):
    """Change every cell of a column."""
    return column, lambda cells, random: [change(cell) for cell in cells]


def some(column, words, share=0.02):
    """Put words in the place of some cells."""

    def put(cells, random):
        return [str(random.choice(words)) if random.random() < share else cell for cell in cells]

    return column, put


def added(name, make):
    """Add a column."""
    return name, lambda cells, random: make(random)


def on(day, how):
    y, m, d = day.split("-")
    return how.format(
        y=y, m=m, d=d, yy=y[2:], M=int(m), D=int(d), name=MONTHS[int(m) - 1], short=MONTHS[int(m) - 1][:3]
    )


MONTHS = "January February March April May June July August September October November December".split()

MISSING = [
    *[
        "",
        " ",
        "n/a",
        "N/A",
        "NA",
        "na",
        "nan",
        "NaN",
        "null",
        "NULL",
        "None",
        "none",
        "-",
        "--",
        ".",
        "?",
        "#N/A",
        "nil",
    ],
    *["unknown", "missing", "<NA>", "(blank)", "#DIV/0!", "#VALUE!", "#REF!", "n.a.", "keine Angabe", "not available"],
]

STRAY = ["see note", "12a", "1.2.3", "ERR", "approx. 100", "ask Bob", "2020-01-02", "[]", "0x1F", "tbd", "++"]

NUMBERS = {
    "dollars": lambda x: "$" + marked(x, ",", "."),
    "dollars with a sign before": lambda x: ("-$" if x[0] == "-" else "$") + x.lstrip("-"),
    "euros behind": lambda x: marked(x, ".", ",") + " €",
    "pounds": lambda x: "£ " + x,
    "a code before": lambda x: "USD " + marked(x, ",", "."),
    "a code behind": lambda x: marked(x, ",", ".") + " EUR",
    "rupees": lambda x: "₹" + x,
    "decimal comma": lambda x: x.replace(".", ","),
    "german": lambda x: marked(x, ".", ","),
    "swiss": lambda x: marked(x, "'", "."),
    "french": lambda x: marked(x, "\u202f", ","),
    "no-break spaces": lambda x: marked(x, "\u00a0", "."),
    "thousands": lambda x: marked(x, ",", "."),
    "typographic quotes": lambda x: marked(x, "\u2019", "."),
    "per cent": lambda x: x + "%",
    "per cent, spaced": lambda x: x + " %",
    "a unit": lambda x: x + " kg",
    "a unit without space": lambda x: x + "km",
    "a plus": lambda x: x if x[0] == "-" else "+" + x,
    "unicode minus": lambda x: x.replace("-", "\u2212"),
    "en dash": lambda x: x.replace("-", "\u2013"),
    "parentheses": lambda x: f"({x[1:]})" if x[0] == "-" else x,
    "minus behind": lambda x: x[1:] + "-" if x[0] == "-" else x,
    "scientific": lambda x: f"{float(x):.6e}",
    "scientific, capital": lambda x: f"{float(x):.6E}",
    "padding": lambda x: f"  {x} ",
    "tabs": lambda x: f"\t{x}",
    "zero width": lambda x: "\u200b" + x,
    "full width": lambda x: "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in x),
    "many decimals": lambda x: x + "000000",
    "no leading zero": lambda x: (
        x.replace("-0.", "-.") if x.startswith("-0.") else x.removeprefix("0") if x[:2] == "0." else x
    ),
}

TRUTHS = [
    "true false",
    "True False",
    "TRUE FALSE",
    "t f",
    "T F",
    "Y N",
    "y n",
    "YES NO",
    "Yes No",
    "on off",
    "1 0",
    "ja nein",
    "oui non",
]

DAYS = [
    "{y}/{m}/{d}",
    "{y}.{m}.{d}",
    "{y}{m}{d}",
    "{d}.{m}.{y}",
    "{D}.{M}.{y}",
    "{d}.{m}.{yy}",
    "{d}/{m}/{y}",
    "{m}/{d}/{y}",
    "{M}/{D}/{yy}",
    "{d}-{m}-{y}",
    "{D} {name} {y}",
    "{name} {D}, {y}",
    "{d}-{short}-{y}",
    "{d}-{short}-{yy}",
    "{y}-{m}-{d} 00:00:00",
    "{y}-{m}-{d}T12:00:00Z",
    "{y}-{m}-{d}T12:00:00.000+02:00",
    "{m}/{d}/{y} 12:00 AM",
    " {y}-{m}-{d}  ",
]

SPELLINGS = {
    "upper": str.upper,
    "lower": str.lower,
    "swapped": str.swapcase,
    "padded": lambda x: f" {x} ",
    "no-break space": lambda x: x.replace(" ", "\u00a0"),
    "two spaces": lambda x: x.replace(" ", "  "),
    "decomposed": lambda x: unicodedata.normalize("NFD", x),
}

ADDED = {
    "constant": lambda random: ["here"] * ROWS,
    "constant number": lambda random: ["7"] * ROWS,
    "nothing": lambda random: [""] * ROWS,
    "no number": lambda random: ["n/a"] * ROWS,
    "id": lambda random: [str(k) for k in random.permutation(ROWS)],
    "order_id": lambda random: [f"ORD{k:06}" for k in range(ROWS)],
    "uuid": lambda random: [random.bytes(16).hex() for _ in range(ROWS)],
    "zip": lambda random: [f"{k:05}" for k in random.integers(0, 99999, ROWS)],
    "note": lambda random: ["see file", *[""] * (ROWS - 1)],
    "review": lambda random: [" ".join(random.choice(["good", "bad", "ok", "late", "fine"], 5)) for _ in range(ROWS)],
    "customer": lambda random: [f"c{k}" for k in random.integers(0, 150, ROWS)],
    "card": lambda random: ["".join(map(str, random.integers(0, 10, 16))) for _ in range(ROWS)],
    "mixture": lambda random: [str(random.choice(["1", "x", "2020-01-01", "yes", "3.5"])) for _ in range(ROWS)],
}

DIRT = (
    {f"missing {word!r} in {column}": some(column, [word]) for word in MISSING for column in ("price", "day", "vip")}
    | {f"stray {word!r}": some("price", [word], 0.01) for word in STRAY}
    | {f"{how}, {column}": each(column, change) for how, change in NUMBERS.items() for column in ("price", "change")}
    | {f"truth as {words}": each("vip", dict(zip(["yes", "no"], words.split(), strict=True)).get) for words in TRUTHS}
    | {f"days as {how}": each("day", lambda day, how=how: on(day, how)) for how in DAYS}
    | {f"towns {how}": each("town", change) for how, change in SPELLINGS.items()}
    | {
        f"some towns {how}": (
            "town",
            lambda cells, random, change=change: [change(each) if random.random() < 0.3 else each for each in cells],
        )
        for how, change in SPELLINGS.items()
    }
    | {f"added {name}": added(name, make) for name, make in ADDED.items()}
    | {"many stray words": some("price", STRAY, 0.1), "a bad day": some("day", ["soon", "31.31.2020"], 0.02)}
)


def dirty(columns, dirt, seed):
    column, change = DIRT[dirt]
    return columns | {column: change(columns.get(column, []), np.random.default_rng(seed))}


def learned(train, y):
    """A preparation of these rows, and the weights of a ridge regression on its columns."""
    preparation = Preparation(dtype="float64")
    X = preparation.fit_transform(train, y)
    A = np.column_stack([X, np.ones(len(X))])
    return preparation, np.linalg.solve(A.T @ A + 0.01 * np.eye(A.shape[1]), A.T @ y)


def told(model, new, z):
    """The R² of new rows by what was learned, and all that was said."""
    preparation, weights = model
    prepared = preparation.prepare(new)
    rest = z - np.column_stack([prepared.matrix, np.ones(len(z))]) @ weights
    said = [sentence for sentence in preparation.said if "cannot be read" in sentence or "not used" in sentence]
    return 1 - rest @ rest / ((z - z.mean()) @ (z - z.mean())), (*said, *prepared.said)


@pytest.fixture(scope="module")
def clean():
    """Rows to learn from and new ones, what is learned from them, and its score."""
    train, new = people(1), people(2)
    model = learned(*train)
    return train, new, model, told(model, *new)[0]


def test_the_clean_table_can_be_learned(clean):
    assert clean[3] > 0.95


def test_there_are_dirty_tables_enough():
    assert len(DIRT) >= 150


@pytest.mark.parametrize("dirt", DIRT)
def test_dirt_costs_no_score_or_the_column_is_named(clean, dirt):
    """It may be everywhere, in training alone or in new rows alone."""
    (train, y), (new, z), of_clean, score = clean
    of_dirty, column, soiled = learned(dirty(train, dirt, 3), y), DIRT[dirt][0], dirty(new, dirt, 4)
    kept = {name: soiled[name] for name in train}
    for where, model, rows in (
        ("everywhere", of_dirty, soiled),
        ("in training", of_dirty, new if column in new else soiled),
        ("in new rows", of_clean, soiled if column in train else kept),
    ):
        got, said = told(model, rows, z)
        named = any(f"'{column}'" in sentence for sentence in said)
        assert got > score - 0.02 or named, f"{where}: {got:.3f} instead of {score:.3f}, and nothing said but {said}"


@pytest.mark.parametrize("dirt", [dirt for k, dirt in enumerate(DIRT) if k % 3 == 0])
def test_a_file_is_read_as_the_same_table(clean, tmp_path, dirt):
    (train, y), (new, z), *_ = clean
    train, new = dirty(train, dirt, 3), dirty(new, dirt, 4)
    files = []
    for k, table in enumerate((train, new)):
        rows = [list(table), *zip(*table.values(), strict=True)]
        lines = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
        (tmp_path / f"{k}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        files.append(read_table(tmp_path / f"{k}.csv"))
    from_files, as_it_is = told(learned(files[0], y), files[1], z)[0], told(learned(train, y), new, z)[0]
    assert from_files == pytest.approx(as_it_is, abs=1e-6)
