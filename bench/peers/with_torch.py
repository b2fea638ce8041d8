"""PyTorch: ``nn.Sequential`` with its fused optimizers, eager or through ``torch.compile``."""

import os
from typing import Any

import numpy as np
import torch
from cases import ADAM, Case, Weights
from torch import nn
from torch.nn import functional

from peers import Peer


class Side(nn.Module):
    """A dense layer of several members: x (M, N, D) with W (M, D, H) and b (M, 1, H)."""

    def __init__(self, members: int, inputs: int, units: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(members, inputs, units))
        self.bias = nn.Parameter(torch.empty(members, 1, units))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return x W + b of every member."""
        return torch.baddbmm(self.bias, x, self.weight)


def network_of(case: Case) -> nn.Sequential:
    """Return the case's network, its weights not yet set."""
    parts: list[nn.Module] = []
    for k, (D, H) in enumerate(case.layers):
        hidden = k < len(case.layers) - 1
        parts.append(nn.Linear(D, H) if case.members == 1 else Side(case.members, D, H))
        if case.batch_norm and hidden:
            parts.append(nn.BatchNorm1d(H))
        if case.squashed or hidden:
            parts.append(nn.ReLU() if case.layer == "relu" else nn.Tanh())
        if case.dropout and hidden:
            parts.append(nn.Dropout(case.dropout))
    return nn.Sequential(*parts).to(getattr(torch, case.dtype))


class PyTorch(Peer):
    """One core or all of them: the process's affinity decides."""

    def prepare(self, case: Case) -> str | None:
        """Build network and optimizer, and put the case's weights in."""
        torch.set_num_threads(len(os.sched_getaffinity(0)))
        torch._dynamo.reset()
        self.case, self.epoch = case, 0
        X, y = case.data()
        self.X, self.y = torch.from_numpy(X), torch.from_numpy(y)
        self.network = network_of(case)
        self.dense = [part for part in self.network if isinstance(part, nn.Linear | Side)]
        flats = [case.weights(member) for member in range(case.members)]
        with torch.no_grad():
            for k, part in enumerate(self.dense):
                W, b = (torch.from_numpy(np.stack([flat[2 * k + j] for flat in flats])) for j in (0, 1))
                part.weight.copy_(W if isinstance(part, Side) else W[0].T)
                part.bias.copy_(b[:, None] if isinstance(part, Side) else b[0])
        groups: Any = self.network.parameters()
        if case.penalty:
            groups = [{"params": [part.weight for part in self.dense], "weight_decay": case.penalty}]
            groups += [{"params": [part.bias for part in self.dense]}]
        if case.optimizer == "descent":
            self.optimizer: Any = torch.optim.SGD(groups, lr=case.rate, fused=True)
        else:
            betas = (ADAM["beta1"], ADAM["beta2"])
            self.optimizer = torch.optim.Adam(groups, ADAM["rate"], betas, ADAM["epsilon"], fused=True)
        self.steps = 0
        self.objective: Any = torch.compile(self.eager) if self.options == "compile" else self.eager
        return None

    def eager(self, X: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Return the mean loss of a batch; of several members, the sum of theirs."""
        case = self.case
        if case.members == 1:
            return functional.cross_entropy(self.network(X), y, reduction="sum" if case.summed else "mean")
        scores = self.network(X.expand(case.members, *X.shape)).flatten(0, 1)
        return functional.cross_entropy(scores, y.repeat(case.members)) * case.members

    def run(self, epochs: int) -> float:
        """Train on; the loss comes back to Python once an epoch, or once in ``every`` passes."""
        case, loss = self.case, torch.zeros(())
        for number in range(epochs):
            self.epoch += 1
            if case.batch is None:
                loss = self.step(self.X, self.y)
                if (number + 1) % case.every == 0:
                    loss.item()
                continue
            order = torch.from_numpy(case.order(self.epoch))
            loss = torch.stack(
                [
                    self.step(self.X.index_select(0, rows), self.y.index_select(0, rows))
                    for rows in order.split(case.batch)
                ]
            ).mean()
            loss.item()
        return float(loss) / case.members / (case.rows if case.summed else 1)

    def step(self, X: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Take one step; return the loss before it."""
        self.optimizer.zero_grad()
        loss = self.objective(X, y)
        loss.backward()
        if self.case.optimizer == "adam":  # PyTorch adds ε to √v after its correction: the same ε, seen from there
            self.steps += 1
            for group in self.optimizer.param_groups:
                group["eps"] = ADAM["epsilon"] / (1.0 - ADAM["beta2"] ** self.steps) ** 0.5
        self.optimizer.step()
        detached: torch.Tensor = loss.detach()
        return detached

    def weights(self) -> list[Weights]:
        """Return the members' weights."""
        flat = []
        for part in self.dense:
            side = isinstance(part, Side)
            W, b = part.weight.detach().numpy(), part.bias.detach().numpy()
            flat += [W if side else W.T[None], b[:, 0] if side else b[None]]
        return [[part[member].copy() for part in flat] for member in range(self.case.members)]

    def call(self, row: np.ndarray) -> np.ndarray:
        """Return the probabilities of a row."""
        with torch.inference_mode():
            return self.network(torch.from_numpy(row)).softmax(dim=1).numpy()
