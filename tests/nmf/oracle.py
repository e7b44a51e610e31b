"""A slow and plain NMF in float64, written from the definitions: what tdsep.nmf is held to.

Bases are [I, K, L] here and activations [K, J], also where there is but one frame (L = 1).
"""

import math

import numpy as np
from scipy.integrate import quad

NAMED = {"euclidean": 2.0, "kullback-leibler": 1.0, "itakura-saito": 0.0}


def beta_of(kind):
    return NAMED.get(kind, kind)


def entry_by_integral(x, y, beta):
    """beta-divergence of two positive numbers as the one integral that holds for every beta."""
    return quad(lambda t: t ** (beta - 2) * (t - x), x, y)[0]


def entry(x, y, beta):
    """beta-divergence of two numbers (Févotte & Idier 2011, eq. 2)."""
    if beta == 1:
        return (x * math.log(x / y) if x > 0 else 0.0) - x + y
    if beta == 0:
        return x / y - math.log(x / y) - 1
    return (x**beta + (beta - 1) * y**beta - beta * x * y ** (beta - 1)) / (beta * (beta - 1))


def floor_of(X, kind, weights=None):
    """What is added to both sides below beta = 1, where a zero would cost infinitely much."""
    known = np.full(X.shape, True) if weights is None else weights > 0
    return 1e-10 * np.mean(X[known]) if beta_of(kind) < 1 else 0.0


def divergence_by_entry(X, Y, kind, weights=None):
    beta, floor, total = beta_of(kind), floor_of(X, kind, weights), 0.0
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            weight = 1.0 if weights is None else weights[i, j]
            if weight > 0:
                total += weight * entry(X[i, j] + floor, Y[i, j] + floor, beta)
    return 2 * total if kind == "euclidean" else total


def divergence(X, Y, kind, weights=None):
    """The same, all entries at once."""
    X, Y = np.asarray(X, np.float64), np.asarray(Y, np.float64)
    weights = np.ones(X.shape) if weights is None else np.asarray(weights, np.float64)
    beta, floor = beta_of(kind), floor_of(X, kind, weights)
    counts = weights > 0
    x, y = X[counts] + floor, np.broadcast_to(Y, X.shape)[counts] + floor
    if beta == 1:
        cost = x * np.log(np.where(x > 0, x, 1) / np.where(x > 0, y, 1)) - x + y
    elif beta == 0:
        cost = x / y - np.log(x / y) - 1
    else:
        cost = (x**beta + (beta - 1) * y**beta - beta * x * y ** (beta - 1)) / (beta * (beta - 1))
    return float((weights[counts] * cost).sum() * (2 if kind == "euclidean" else 1))


def scale(X, kind, weights=None):
    """Divergence of the data from twice and from half their mean: what is small against it is."""
    known = np.full(X.shape, True) if weights is None else weights > 0
    mean = np.mean(X[known])
    return sum(divergence(X, np.full(X.shape, y), kind, weights) for y in (2 * mean, mean / 2))


def shifted(A, frames):
    """Columns moved `frames` to the right (to the left if negative), zeros in their place."""
    moved = np.zeros_like(A)
    n = A.shape[1]
    for j in range(n):
        if 0 <= j - frames < n:
            moved[:, j] = A[:, j - frames]
    return moved


def product(bases, activations):
    """Sum over l of bases[:, :, l] @ (activations moved l frames later)."""
    if np.ndim(bases) == 2:
        bases = np.asarray(bases)[:, :, None]
    return sum(
        bases[:, :, shift] @ shifted(activations, shift)
        for shift in range(bases.shape[2])
    )  # fmt: skip


def gamma(beta):
    """Exponent that keeps the loss from rising (Févotte & Idier 2011)."""
    if beta < 1:
        return 1 / (2 - beta)
    return 1.0 if beta <= 2 else 1 / (beta - 1)


def pulls(X, Y, kind, weights):
    """Up and down: gradient by Y = down - up, entry by entry."""
    beta, floor = beta_of(kind), floor_of(X, kind, weights)
    x, y = X + floor, Y + floor
    up = weights * np.power(y, beta - 2, out=np.zeros_like(y), where=(weights > 0) & (x > 0)) * x
    down = weights * np.power(y, beta - 1, out=np.zeros_like(y), where=weights > 0)
    return up, down


def ratio(up, down):
    return np.divide(up, down, out=np.ones_like(up), where=down > 0)


def updated_bases(X, bases, activations, kind, weights):
    up, down = pulls(X, product(bases, activations), kind, weights)
    new = bases.copy()
    for shift in range(bases.shape[2]):
        moved = shifted(activations, shift)
        step = ratio(up @ moved.T, down @ moved.T) ** gamma(beta_of(kind))
        new[:, :, shift] = bases[:, :, shift] * step
    return new


def updated_activations(X, bases, activations, kind, weights):
    up, down = pulls(X, product(bases, activations), kind, weights)
    over, under = np.zeros_like(activations), np.zeros_like(activations)
    for shift in range(bases.shape[2]):
        over += bases[:, :, shift].T @ shifted(up, -shift)
        under += bases[:, :, shift].T @ shifted(down, -shift)
    return activations * ratio(over, under) ** gamma(beta_of(kind))


def multiplicative(
    X, bases, activations, kind, n_iter, weights=None, fixed_bases=None, fixed_activations=None
):
    """The textbook's alternating updates: bases, activations and the loss after each iteration."""
    X, H = np.asarray(X, np.float64), np.array(activations, np.float64)
    W = np.array(bases, np.float64)
    flat = W.ndim == 2
    W = W[:, :, None] if flat else W
    weights = np.ones(X.shape) if weights is None else np.asarray(weights, np.float64)
    n_bases = n_activations = 0
    if fixed_bases is not None:
        n_bases = np.shape(fixed_bases)[1]
        W[:, :n_bases] = np.reshape(fixed_bases, (W.shape[0], n_bases, W.shape[2]))
    if fixed_activations is not None:
        n_activations = np.shape(fixed_activations)[0]
        H[:n_activations] = fixed_activations
    losses = [divergence(X, product(W, H), kind, weights)]
    for _ in range(n_iter):
        W[:, n_bases:] = updated_bases(X, W, H, kind, weights)[:, n_bases:]
        H[n_activations:] = updated_activations(X, W, H, kind, weights)[n_activations:]
        losses.append(divergence(X, product(W, H), kind, weights))
    return (W[:, :, 0] if flat else W), H, np.array(losses)


def joint_loss(matrices, factors, kind, matrix_weights, weights=None):
    return sum(
        matrix_weights[row, column]
        * divergence(X, factors[row] @ factors[column].T, kind, (weights or {}).get((row, column)))
        for (row, column), X in matrices.items()
    )


def joint(matrices, factors, kind, n_iter, matrix_weights=None, fixed=(), weights=None):
    """Alternating updates of one factor per mode, in the order of the factors."""
    matrix_weights = {pair: 1.0 for pair in matrices} | (matrix_weights or {})
    weights = {pair: np.ones(X.shape) for pair, X in matrices.items()} | (weights or {})
    factors = {mode: np.array(factor, np.float64) for mode, factor in factors.items()}
    losses = [joint_loss(matrices, factors, kind, matrix_weights, weights)]
    for _ in range(n_iter):
        for mode in factors:
            if mode in fixed:
                continue
            over, under = np.zeros_like(factors[mode]), np.zeros_like(factors[mode])
            for (row, column), X in matrices.items():
                if mode not in (row, column):
                    continue
                Y = factors[row] @ factors[column].T
                weight = matrix_weights[row, column]
                up, down = (weight * pull for pull in pulls(X, Y, kind, weights[row, column]))
                if mode == row:
                    over += up @ factors[column]
                    under += down @ factors[column]
                else:
                    over += up.T @ factors[row]
                    under += down.T @ factors[row]
            factors[mode] = factors[mode] * ratio(over, under) ** gamma(beta_of(kind))
        losses.append(joint_loss(matrices, factors, kind, matrix_weights, weights))
    return factors, np.array(losses)


def best_match(found, true):
    """For each true column, the largest correlation with a column found, each used once."""
    from scipy.optimize import linear_sum_assignment

    found, true = found.reshape(len(found), -1), true.reshape(len(true), -1)
    n = true.shape[1]
    table = np.corrcoef(true.T, found.T)[:n, n:]
    rows, columns = linear_sum_assignment(-table)
    return table[rows, columns]
