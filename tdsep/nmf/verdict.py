"""Which number of components the errors on held-out entries speak for, if for any."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Share of all that components gain by which one error may be above another and be no worse: what
#: little is left of a perfect fit is a matter of when it ended.
_NOTHING = 0.003
#: A choice must be better than the smallest number by so many times what is in doubt.
_CLEARLY = 3.0
#: Repeats agree if their choices lie within this share of the choice, or within one candidate.
_APART = 0.2
#: Of a normal distribution's standard deviation, the median distance from its middle.
_NORMAL = 1.4826


@dataclass(frozen=True, eq=False)
class Verdict:
    """The choice, and what it rests on: see `tdsep.nmf.RankChoice`."""

    choice: int
    convincing: bool
    reason: str
    held_out_errors: np.ndarray
    choices: np.ndarray

    @classmethod
    def of(
        cls,
        numbers: np.ndarray,
        tables: list[list[tuple[float, np.ndarray]]],
        n_entries: list[float],
    ) -> Verdict:
        """Judge the errors of each repeat and number: their mean, and those of single entries."""
        means = np.array([[mean for mean, _ in table] for table in tables]).T
        best = int(np.median(means, axis=1).argmin())
        within = np.array(
            [_standard_errors(t, best, n) for t, n in zip(tables, n_entries, strict=True)]
        ).T
        choice, doubt = _smallest(means, within)
        alone = []
        for column, (table, n) in enumerate(zip(tables, n_entries, strict=True)):
            mean = means[:, column, None]
            errors = _standard_errors(table, int(mean.argmin()), n)
            alone.append(_smallest(mean, errors[:, None])[0])
        choices = numbers[alone]
        convincing, reason = _reasoned(numbers, means, choice, doubt, alone)
        return cls(int(numbers[choice]), convincing, reason, means, choices)


def _standard_errors(
    table: list[tuple[float, np.ndarray]], best: int, n_entries: float
) -> np.ndarray:
    """Return the standard error of each number's difference from the best, by its entries."""
    found = []
    for _, entries in table:
        worse = entries.astype(np.float64) - table[best][1]
        found.append(np.sqrt(np.square(worse - worse.mean()).sum()) / n_entries)
    return np.array(found)


def _smallest(means: np.ndarray, within: np.ndarray) -> tuple[int, np.ndarray]:
    """Place of the smallest number that is no worse than the best, and what is in doubt of each.

    Parameters
    ----------
    means : ndarray [candidates, repeats]
    within : ndarray [candidates, repeats]
        Standard errors of the differences from the best.
    """
    # Medians: a single entry held out whose row a fit leaves undetermined can decide a mean.
    middle = np.median(means, axis=1)
    best = int(middle.argmin())
    worse = means - means[best]  # all were held out the same entries
    excess = np.median(worse, axis=1)
    between = _NORMAL * np.median(np.abs(worse - excess[:, None]), axis=1)
    doubt = np.hypot(between, np.median(within, axis=1)) / np.sqrt(means.shape[1])
    doubt += _NOTHING * (middle[0] - middle[best])
    return int(np.flatnonzero(excess <= doubt)[0]), doubt


def _reasoned(
    numbers: np.ndarray, means: np.ndarray, choice: int, doubt: np.ndarray, alone: list[int]
) -> tuple[bool, str]:
    """Say whether the choice is convincing, and why in a sentence."""
    middle = np.median(means, axis=1)
    k, last = int(numbers[choice]), len(numbers) - 1
    if last == 0:
        return False, f"{k} was the only number tried"
    if choice == 0 and k == 1:
        return False, (
            "no number stands out: held-out entries are best predicted by 1 component, which "
            "knows no more than how large rows and columns are"
        )
    if choice == 0:
        return False, (
            f"no number stands out: held-out entries are best predicted with {k} components, "
            "the smallest number tried: fewer may do as well"
        )
    if choice == last:
        return False, (
            f"no number stands out: the error on held-out entries still falls at {k} components, "
            "the largest number tried: more may be better"
        )
    low, high = (int(n) for n in (numbers[min(alone)], numbers[max(alone)]))
    if high - low > _APART * k and max(alone) - min(alone) > 1:
        return False, (
            f"no number stands out: single repeats choose from {low} to {high} components, "
            f"together {k}"
        )
    if middle[0] - middle[choice] < _CLEARLY * doubt[0]:
        return False, (
            f"no number stands out: with {k} components the error on held-out entries is hardly "
            f"less than with {numbers[0]}"
        )
    best = int(numbers[middle.argmin()])
    reason = f"the error on held-out entries is least with {best} components"
    if best != k:
        reason += (
            f", and with {k}, the smallest number within one standard error of it, no worse than "
            "chance explains"
        )
    return True, reason
