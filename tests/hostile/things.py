"""Settings as nobody should give them, and the few that keep an example short."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
from hostile.arrays import one_of

import mlnn
from mlnn import layer, optimizer, output, penalty, schedule


class Rude:
    """An object that answers nothing."""

    def __repr__(self):
        return "rude"


class Loud:
    """An object whose every question ends in an error of its own."""

    def __bool__(self):
        raise RuntimeError("do not ask")

    def __len__(self):
        raise RuntimeError("do not count")


THINGS = (
    0, -1, 1, 2, 3, 0.5, 1.0, 0.0, -0.0, -0.5, 1e-300, 1e-8, 1e300, 5e-324, np.inf, -np.inf, np.nan, 10**30, -(10**30),
    2**31, 2**63, 2**64, 10**400, "", "x", "adam", "relu", "auto", "nan", "1", "\x1b[31m", "\x00", "é" * 1000, [], [0],
    [1], [2.0], [-1], [1.5], [np.nan], [10**30], ["a"], [None], [[1]], (), (1,), {}, {"a": 1}, {1}, None, True, False,
    np.int64(1), np.uint8(2), np.float32(0.5), np.float16(0.5), np.bool_(True), np.array(1), np.array([1, 2]),
    np.array([]), np.array(["a"]), np.array([0.5]), np.datetime64("2020"), Decimal("0.5"), Fraction(1, 2), b"x", 1j,
    object(), Rude(), Loud, int, float, len, Ellipsis, range(3), NotImplemented, slice(1), np.nan * 1j, "−1",
    bytearray(2),
)  # fmt: skip
"""What may be given for anything."""

PARTS = (
    layer.Tanh(), layer.ReLU, layer.Maxout(2), layer.PReLU(), "selu", "gelu", "softplus", "swish", "identity", "maxout",
    optimizer.SGD(1e9), optimizer.Adam(1e-300), optimizer.LBFGS(), optimizer.Lion(), "nadam", "rmsprop", "lion",
    optimizer.ClipNorm(optimizer.Adam(), 1e-3), "lbfgs", "sgd", "adadelta", "adagrad", penalty.L1(0.1), "l2",
    "elasticnet",
    schedule.Cosine(), "cosine", "plateau", schedule.Constant(), output.Huber(1e-300), output.Quantile(0.9), "huber",
    "poisson", "hinge", "log_loss", "absolute", mlnn.EarlyStopping(), mlnn.KeepBest(), [mlnn.KeepBest()], "he",
    "balanced",
)  # fmt: skip
"""Parts that may be given where another kind of part belongs."""


def thing(random):
    """Return something that a setting may be, but hardly ever should."""
    return one_of(random, PARTS if random.random() < 0.25 else THINGS)


def stop_soon(epoch):
    """End training after its second epoch."""
    return epoch.number >= 2


LAYERS = ("tanh", "relu", "logistic", "identity", "elu", "selu", "gelu", "softplus", "leaky_relu", "maxout", "prelu",
          layer.Tanh(), layer.ReLU, layer.Maxout(3), layer.PReLU(), layer.LeakyReLU(0.5))  # fmt: skip
RULES = ("adam", "sgd", "nadam", "rmsprop", "adagrad", "adadelta", "momentum", "nesterov", "lion", "adamw", "lbfgs",
         optimizer.LBFGS(), optimizer.SGD(0.1), optimizer.Adam(1e-300), optimizer.SGD(1e9), optimizer.Lion(),
         optimizer.ClipNorm(optimizer.Adam(), 1e-3), optimizer.ClipValue(optimizer.SGD(), 1e-3),
         optimizer.Averaged(optimizer.Adam()))  # fmt: skip
SCHEDULES = ("cosine", "constant", schedule.Cosine(), schedule.Constant(0.5), schedule.WarmUp(1), "plateau", "step")
PENALTIES = ("l1", "l2", "elasticnet", penalty.L1(0.1), penalty.L2(1e300), penalty.L2(0.0))
DRAWN = ("he", "glorot", "orthogonal", "normal", "recommended")
SHARES = (0.0, 0.1, 0.5, 0.999999, 1e-300, np.float32(0.5), np.float64(0.9), 0)
WHOLE = (1, 2, 3, 7, 1000, 2**31, 10**18, np.int64(2), np.uint8(3), np.int16(5))
RATES = (1e-300, 1e-8, 0.001, 0.1, 1, 100.0, 1e30, np.float32(0.01), 5e-324)
FLAGS = (True, False, np.bool_(True))

GOOD = {
    "activation": LAYERS, "layer": LAYERS, "solver": RULES, "optimizer": RULES, "schedule": SCHEDULES,
    "penalty": PENALTIES, "initializer": DRAWN[:-1], "weights": DRAWN[:-1], "biases": DRAWN[:-1],
    "alpha": (0.0, 0, 1e-4, 1.0, 1e30, 5e-324), "l2": (0.0, 0, 1e-4, 1.0, 1e30, 5e-324),
    "batch_size": (1, 2, 5, 1000, 10**18, np.int64(3)), "learning_rate": ("constant", "invscaling", "adaptive"),
    "learning_rate_init": RATES, "rate": RATES, "epsilon": RATES, "reg_lambda": (0.0, 0, 1e-4, 1.0, 5e-324),
    "power_t": (0.0, 0.5, 1e6), "max_iter": WHOLE, "num_passes": WHOLE, "epochs": WHOLE, "shuffle": FLAGS,
    "random_state": (0, None, 2**32 - 1, np.random.RandomState(0), np.int64(3)), "tol": (0.0, 1e-4, 1e300),
    "warm_start": (*FLAGS, "exact"), "momentum": (0.0, 1.0, 0.9, 1), "nesterovs_momentum": FLAGS,
    "early_stopping": (*FLAGS, "score", "loss"), "validation_fraction": (0.1, 0.5, 0.9, 0.3), "beta_1": SHARES,
    "beta_2": SHARES, "n_iter_no_change": (1, 5, np.inf, 10**30), "max_fun": WHOLE, "dropout": SHARES,
    "input_dropout": SHARES, "batch_norm": FLAGS, "max_norm": (np.inf, 1.0, 1e-300, 1e300),
    "time_budget": (None, 1.0, 0.5, np.float32(1.0)), "engine": ("compiled", "reference"), "n_threads": (1, 2, 3, 64),
    "hidden_layer_sizes": ((), (1,), (3, 2), 5, [2], np.array([3]), (2.0,), (1,) * 20),
    "hidden": ((), (1,), (3, 2), [2], np.array([3]), (2.0,), (1,) * 20), "patience": (1, 2, 10**18),
    "members": (1, 2, 3, 5), "columns": (None, {}, {"c0": "category"}, {"c0": "text"}, {"x0": "number"}),
    "missing": (None, (), ("a",), ["", "?"]), "decimal": (None, ".", ","), "class_weight": (None, "balanced"),
    "threshold": (None, 0.0, 0.5, 1.0), "loss": ("squared_error", "absolute", "huber", output.Quantile(0.9)),
    "squash_scores": (False,), "penalties": (0.0, 1.0, [0.5, 1.0]), "seed": (0, 1, 2**32 - 1, np.int64(3)),
    "print_loss": FLAGS, "sum_gradients": FLAGS, "print_penalty": FLAGS, "every": (1, 2, 1000, 10**18),
    "callbacks": ([mlnn.KeepBest()], (mlnn.EarlyStopping(1),)),
}  # fmt: skip
"""What may well be given for some settings: unusual, and still to be obeyed."""


def setting(random, name, bad=0.3):
    """Return something for a setting of this name: mostly something that should do."""
    return one_of(random, GOOD[name]) if name in GOOD and random.random() > bad else thing(random)


def settings_of(kind, random, usual, count, kept=()):
    """Return settings for an estimator: usual ones that are fast, and some of its parameters that are odd."""
    names = sorted(set(kind._get_param_names()) - set(kept))
    chosen = [one_of(random, names) for _ in range(count)]
    return usual | {name: setting(random, name, 0.25) for name in chosen}
