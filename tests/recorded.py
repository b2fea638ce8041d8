"""Trainings that tests interrupt and resume, and what all of a training came to, as one checksum."""

import hashlib
from functools import partial
from pathlib import Path

import numpy as np

from mlnn import MLPClassifier, MLPRegressor, Model, Network, Problem, Recipe, TableClassifier, TableRegressor
from mlnn.dataset import moons
from mlnn.engine import Reference
from mlnn.layer import Tanh
from mlnn.model import Ensemble
from mlnn.optimizer import LBFGS, SGD, Adam, Averaged
from mlnn.schedule import Cosine, ReduceOnPlateau
from mlnn.training import EarlyStopping, KeepBest, Snapshots, epochs, epochs_of_members

X, Y = moons(120, seed=1)
JUDGED, WRONG = X[:30], 1 - Y[:30]


def numbers(epoch):
    """Return all of an epoch that a resumed run must have too: all but the seconds."""
    return (
        epoch.number,
        epoch.step,
        epoch.loss,
        epoch.objective,
        epoch.penalty,
        epoch.valid_loss,
        dict(epoch.scores),
        epoch.rate,
        epoch.passed,
    )


def checksum(*arrays, history=(), said=None):
    """Return SHA-256 of arrays, of epochs with their weights and states, and of whatever else has a repr."""
    sha = hashlib.sha256(repr((said, [numbers(epoch) for epoch in history])).encode())
    for array in (*arrays, *(each for e in history for each in (e.theta, e.raw_theta, *e.state))):
        sha.update(f"{array.dtype} {array.shape}".encode() + np.ascontiguousarray(array).tobytes())
    return sha.hexdigest()


def plain(checkpoint, optimizer, engine=None, dropout=0.2, **recipe):
    network = Network.dense([2, 6, 2], Tanh(), batch_norm=True, dropout=dropout)
    problem, judge = Problem.of(network, X, Y), Problem.of(network, JUDGED, WRONG)
    recipe = Recipe(optimizer, epochs=24, **recipe)
    scores = {"hits": lambda y, decided: float(np.mean(y == decided))}
    theta = network.initial(np.random.default_rng(0))
    run = epochs(problem, theta, recipe, valid=judge, scores=scores, engine=engine, checkpoint=checkpoint)
    return checksum(history=list(run))


def members(checkpoint, **recipe):
    network = Network.dense([2, 6, 2], Tanh())
    problem = Problem.of(network, X, Y, np.linspace(0.5, 1.5, len(X)))
    rows = [np.arange(0, 90), np.arange(20, 110), np.arange(30, 120)]
    thetas = np.stack([network.initial(np.random.default_rng(seed)) for seed in range(3)])
    keepers = [EarlyStopping(patience).start() for patience in (2, 5, 30)]
    judge = Problem.of(network, JUDGED, WRONG)
    run = epochs_of_members(
        problem,
        thetas,
        Recipe(Adam(0.05), epochs=24, batch_size=30, **recipe),
        rows=rows,
        valid=judge,
        stop=lambda member, epoch: keepers[member](epoch),
        checkpoint=checkpoint,
    )
    reports = list(run)
    return checksum(history=[epoch for report in reports for epoch in report], said=[k.waited for k in keepers])


def model(checkpoint, **settings):
    trained = Model([2, 6, 2], seed=0, dropout=settings.pop("dropout", 0.1))
    callbacks = [EarlyStopping(12), KeepBest(), Snapshots(every=3), *([checkpoint] if checkpoint else [])]
    trained.train(X, Y, num_passes=24, every=1, valid=(JUDGED, WRONG), callbacks=callbacks, **settings)
    stopping, keep, snapshots = trained.watchers
    said = stopping.waited, stopping.best.number, keep.best.number
    return checksum(trained.theta, *snapshots.thetas, history=trained.history, said=said)


def perceptron(checkpoint, kind=MLPClassifier, **settings):
    callbacks = [checkpoint] if checkpoint else ()
    settings = {"hidden_layer_sizes": (6,), "random_state": 0, "max_iter": 24} | settings
    trained = kind(callbacks=callbacks, **settings).fit(X, Y)
    state = trained.state
    names = "n_iter", "t", "loss", "loss_curve", "best_loss", "validation_scores", "validation_loss_curve", "best_iter"
    said = [getattr(state, name) for name in names], state.control
    return checksum(trained.theta_, state.epoch.raw_theta, *state.epoch.state, said=said)


def table(checkpoint, kind=TableClassifier, **settings):
    settings = {"hidden": (6,), "epochs": 14, "patience": 4, "members": 3} | settings
    trained = kind(**settings).fit(X, Y, checkpoint=checkpoint)
    summary = {name: value for name, value in trained.summary_.items() if name != "seconds"}
    said = summary, trained.scores_, trained.judgement_.how
    return checksum(*(theta for _, theta in trained.members_), trained.out_of_fold_, said=said)


def ensemble(checkpoint):
    network = Network.dense([2, 6, 2], Tanh())
    problem = Problem.of(network, X, Y)
    recipe = Recipe(Adam(0.05), epochs=24, batch_size=30)
    judge = Problem.of(network, JUDGED, WRONG)
    trained = Ensemble.train(problem, recipe, 3, valid=judge, keep=EarlyStopping(3), checkpoint=checkpoint)
    return checksum(*(theta for _, theta in trained.members))


TRAININGS = {
    "sgd": partial(plain, optimizer=SGD(0.5), schedule=Cosine()),
    "adam in batches that listen": partial(plain, optimizer=Adam(), batch_size=16, schedule=ReduceOnPlateau(0.5, 1)),
    "averaged, reported rarely": partial(plain, optimizer=Averaged(Adam()), batch_size=16, every=5),
    "the reference": partial(plain, optimizer=Adam(), batch_size=40, engine=Reference()),
    "l-bfgs": partial(plain, optimizer=LBFGS(), dropout=0.0),
    "l-bfgs, reported rarely": partial(plain, optimizer=LBFGS(history=3), dropout=0.2, every=5),
    "members": members,
    "members, reported rarely": partial(members, every=3),
    "model": partial(model, optimizer=Adam(), sum_gradients=False),
    "model in batches": partial(model, optimizer=Averaged(Adam()), batch_size=16, sum_gradients=False),
    "model by l-bfgs": partial(model, optimizer=LBFGS(), dropout=0.0),
    "classifier": perceptron,
    "classifier by score": partial(perceptron, early_stopping=True, n_iter_no_change=3, dropout=0.2),
    "classifier by loss": partial(perceptron, early_stopping="loss", n_iter_no_change=3, batch_norm=True),
    "classifier adapting": partial(perceptron, solver="sgd", learning_rate="adaptive", learning_rate_init=0.5, tol=0.1),
    "classifier scaling": partial(perceptron, solver="sgd", learning_rate="invscaling"),
    "classifier by l-bfgs": partial(perceptron, solver="lbfgs"),
    "regressor": partial(perceptron, kind=MLPRegressor, early_stopping=True),
    "table": table,
    "table of one member": partial(table, members=1),
    "table of quantities": partial(table, kind=TableRegressor),
    "table by l-bfgs": partial(table, optimizer="lbfgs", members=2),
    "table of one by l-bfgs": partial(table, optimizer="lbfgs", members=1),
    "ensemble": ensemble,
}
"""Every face, with optimizers that keep a state, schedules that listen, and rules that stop."""


def files(folder):
    """Return the names of what a folder holds."""
    return sorted(each.name for each in Path(folder).iterdir())
