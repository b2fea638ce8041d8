"""Weight is repetition, the order of rows and columns changes no prediction, a row alone is as in its batch."""

import pytest
from hostile.properties import FACES, example

pytestmark = [
    pytest.mark.filterwarnings("ignore:Stochastic Optimizer"),
    pytest.mark.filterwarnings("ignore:lbfgs failed to converge"),
    pytest.mark.filterwarnings("ignore:Got `batch_size`"),
]


@pytest.mark.parametrize("number", range(40))
def test_what_must_hold_of_every_face_holds(number):
    assert example(number) in FACES
