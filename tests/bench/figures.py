# SPDX-License-Identifier: GPL-2.0-or-later
"""A figure of the bench, and the statistics behind its value and interval. Pure."""
import dataclasses
import math
import random

RESAMPLES = 2000
Z95 = 1.959964


@dataclasses.dataclass
class Figure:
    name: str
    value: float
    low: float  # of the 95 % interval, or what `how` says
    high: float
    unit: str
    n: int
    how: str


def quantile(values, share):
    """The smallest value that at least @share of @values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def p25(values):
    return quantile(values, 0.25)


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def centre(values):
    """The median of the means of all pairs of values, each with itself, too (Hodges and Lehmann's
    estimate): as deaf to a slice that was disturbed as the median, and a fifth narrower."""
    n = len(values)
    return median([(values[i] + values[j]) / 2 for i in range(n) for j in range(i, n)])


def bootstrap(units, statistic):
    """95 % percentile interval of statistic(list of units), resampling the units: rounds, pairs."""
    source = random.Random(1)
    results = sorted(statistic(source.choices(units, k=len(units))) for _ in range(RESAMPLES))
    return results[int(0.025 * RESAMPLES)], results[int(0.975 * RESAMPLES) - 1]


def wilson(hits, n):
    """95 % score interval of a share."""
    share, z2 = hits / n, Z95 * Z95
    middle = share + z2 / (2 * n)
    half = Z95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return (middle - half) / (1 + z2 / n), (middle + half) / (1 + z2 / n)


def mean_interval(values):
    """Mean and its 95 % interval."""
    n = len(values)
    mean = sum(values) / n
    half = Z95 * math.sqrt(sum((x - mean) ** 2 for x in values) / max(1, n - 1) / n)
    return mean, mean - half, mean + half
