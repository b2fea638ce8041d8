"""The estimators as notebooks show them. The documentation has no public address yet, so nothing links to it."""

import html
import re

import numpy as np
import pytest
import sklearn
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_html_repr
from sklearn.utils.fixes import parse_version

from mlnn import HiddenActivations, MLPClassifier, MLPRegressor
from mlnn.optimizer import AdamW

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = load_iris(return_X_y=True)
OURS = [MLPClassifier(max_iter=2), MLPRegressor(max_iter=2), HiddenActivations(MLPClassifier(max_iter=2))]
ours = pytest.mark.parametrize("estimator", OURS, ids=lambda each: type(each).__name__)


def links(page):
    return re.findall(r'href="([^"]*)"', page)


def words(page):
    """Return what is read on a page: no styles, no scripts, no tags."""
    page = re.sub(r"<(style|script).*?</\1>", "", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page)))


@ours
def test_no_link_is_dead(estimator):
    for each in (estimator, estimator.fit(X, y)):
        assert each._get_doc_link() == ""
        assert links(estimator_html_repr(each)) == []
    around = estimator_html_repr(make_pipeline(StandardScaler(), estimator))
    assert not [link for link in links(around) if "mlnn" in link or type(estimator).__name__ in link]


@ours
def test_an_address_would_be_linked_to(estimator, monkeypatch):
    kind = type(estimator)
    monkeypatch.setattr(kind, "_doc_link_module", "mlnn")
    monkeypatch.setattr(kind, "_doc_link_template", "https://docs.example/{page}.html", raising=False)
    monkeypatch.setattr(kind, "_doc_link_url_param_generator", lambda self: {"page": type(self).__name__.lower()})
    address = f"https://docs.example/{kind.__name__.lower()}.html"
    assert any(link.startswith(address) for link in links(estimator_html_repr(estimator)))


def test_parameters_are_readable():
    page = words(estimator_html_repr(MLPClassifier((3,), solver=AdamW(), dropout=0.25)))
    assert "MLPClassifier" in page
    if parse_version(sklearn.__version__) >= parse_version("1.7"):
        assert re.search(r"solver AdamW\(.*strength=0.01\)", page)
        assert "dropout 0.25" in page
        assert "callbacks ()" in page


@pytest.mark.skipif(parse_version(sklearn.__version__) < parse_version("1.9"), reason="shows no fitted attributes")
def test_fitted_attributes_are_there():
    page = words(estimator_html_repr(MLPClassifier((3,), max_iter=2).fit(X, y)))
    attributes = page[page.index("Fitted attributes") :]
    for name in ("coefs_", "intercepts_", "loss_curve_", "n_layers_", "out_activation_", "network_"):
        assert f" {name} " in attributes
    assert re.search(r"theta_ ndarray\[float64\]\(27,\)", attributes)


def test_what_is_inside_is_shown_inside():
    page = estimator_html_repr(HiddenActivations(MLPClassifier(), layer=np.int64(0)))
    assert words(page).count("MLPClassifier") > 1
    assert "sk-parallel" in page
