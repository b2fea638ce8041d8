"""What the docstrings of the two estimators share, written once."""

from typing import TypeVar

T = TypeVar("T")

PARAMETERS = """\
hidden_layer_sizes : int or array-like of int, default (100,)
    Units of each hidden layer.
activation : {"identity", "logistic", "tanh", "relu", …}, Activation or sequence of them, default "relu"
    The layer: any of the library's by name, an object, or one for each hidden layer.
solver : {"adam", "sgd", "lbfgs", …}, Optimizer or LBFGS, default "adam"
    "adam", "sgd" (with ``momentum``) and "lbfgs" are scikit-learn's and take their numbers from the parameters
    below; any other optimizer by name, with ``learning_rate_init``; an object brings its own numbers.
alpha : float, default 0.0001
    Strength of the L2 penalty. As in scikit-learn, each step divides it by the weight of its rows.
batch_size : int or "auto", default "auto"
    Rows a step; "auto" is the smaller of 200 and all. L-BFGS takes all rows.
learning_rate : {"constant", "invscaling", "adaptive"}, default "constant"
    scikit-learn's rule for the rate of "sgd".
learning_rate_init : float, default 0.001
    The learning rate of a solver given by name.
power_t : float, default 0.5
    The exponent of "invscaling".
max_iter : int, default 200
    Epochs at most (L-BFGS: iterations).
shuffle : bool, default True
    Whether every epoch takes the rows in a new order.
random_state : int, RandomState or None
    Source of weights, of the rows put aside, of row orders and of dropout.
tol : float, default 1e-4
    An epoch makes progress if its loss is lower than the best one by this much. For L-BFGS, the largest element of
    the gradient at which it ends.
verbose : bool, default False
    Whether every epoch prints a line.
warm_start : bool or "exact", default False
    Whether ``fit`` goes on from the last weights. True begins anew with the optimizer and the random numbers, as
    scikit-learn does; after "exact", 50 and 50 epochs are 100, to the last bit.
momentum : float, default 0.9
    Of "sgd".
nesterovs_momentum : bool, default True
    Whether "sgd" looks ahead.
early_stopping : bool, "score" or "loss", default False
    Put rows aside (or take ``eval_set``), stop when their score (True, "score") or their loss makes no progress,
    and keep the best weights. Works with every solver.
validation_fraction : float, default 0.1
    The share of the rows put aside.
beta_1, beta_2, epsilon : float, default 0.9, 0.999 and 1e-8
    Of "adam".
n_iter_no_change : int or inf, default 10
    Epochs without progress that are forgiven.
max_fun : int, default 15000
    Evaluations of "lbfgs" at most.
"""

MORE_PARAMETERS = """\
dropout : float or sequence of float, default 0
    Probability of dropping a hidden unit, one for all layers or one for each.
batch_norm : bool, default False
    Batch normalization before every hidden layer.
penalty : str, Penalty or None
    R(θ) in place of ``alpha``: "l1", "elasticnet", ``L2(0.01)``. It does not depend on the batch size.
max_norm : float, default inf
    Bound on the norm of the weights into each unit.
schedule : str, Schedule or None
    How the rate changes until ``max_iter``: "cosine", ``WarmUp(5, then=Cosine())``.
initializer : str, Initializer or None
    How W is drawn, b being zero: "he", ``Orthogonal()``, or "recommended", as each layer advises. None draws both
    as scikit-learn does.
time_budget : float or None
    Seconds that training may take. The schedule (a cosine, unless given) is planned for them, so that the rate has
    fallen when they are over.
categorical_features : "from_dtype" or None
    With "from_dtype" X is a pandas or Polars frame: categories become one-hot, numbers are scaled, missing values
    filled in and marked, unknown categories accepted.
engine : {"compiled", "reference"} or None
    Who computes; None takes the compiled engine wherever it can run the network.
n_threads : int or None
    Threads at most; their number changes no bit of the result.
callbacks : sequence of Callback or callable
    ``mlnn.EarlyStopping()``, ``mlnn.KeepBest()`` … start a watcher in every fit, found in ``watchers_``. It, or any
    function, is called with every ``Epoch``; one that returns True stops training. scikit-learn's own callbacks, from
    its version 1.9 on, are given to ``set_callbacks``.
"""

ATTRIBUTES = """\
coefs_, intercepts_ : list of arrays
    W and b of every layer, views of ``theta_``.
interrupted_ : bool
    Whether training was interrupted from the keyboard: the weights are those of the last whole epoch.
n_iter_, t_, n_layers_, n_outputs_, out_activation_ : int or str
    As in scikit-learn.
n_features_in_, feature_names_in_ : int, array of str
    What X looked like.
loss_, best_loss_ : float
    The last and the lowest loss: the data's plus the penalty's, as training met it.
loss_curve_ : list of float
    The loss of every epoch, for L-BFGS too.
validation_scores_, validation_loss_curve_ : list of float or None
    Score and loss of every epoch on the rows to judge by.
best_validation_score_, best_iter_ : float, int or None
    The best score, and the epoch whose weights were kept.
watchers_ : list
    What the callbacks of this fit started, in their order: ``watchers_[0].best`` of a ``KeepBest``.
network_, theta_ : Network, array of shape (P,)
    The library's network and its weights.
"""


def described(kind: type[T]) -> type[T]:
    """Put the shared texts into the docstring of an estimator."""
    texts = {"{parameters}": PARAMETERS, "{more_parameters}": MORE_PARAMETERS, "{attributes}": ATTRIBUTES}
    for place, text in texts.items():
        kind.__doc__ = (kind.__doc__ or "").replace(place, text.rstrip("\n").replace("\n", "\n    "))
    return kind
