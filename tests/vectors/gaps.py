"""Makes gap_* and arriaga_* of this directory: statsmodels 0.15.0 and numpy, seeded.

    python gaps.py
"""
import numpy as np
import pandas as pd
from scipy.stats import norm
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint
from statsmodels.stats.rates import confint_poisson_2indep

Z95, Z998 = norm.isf(0.025), norm.isf(0.001)


def gaps(rng):
    inputs, results = [], []

    def group(case, kind, rank, value, lower, upper):
        inputs.append((case, rank, value, lower, upper, kind))

    def result(case, measure, value, lower, upper, outer=(None, None)):
        results.append((case, measure, value, lower, upper, *outer))

    for at in range(6):
        case = f"proportion{at}"
        n = rng.integers(40, 3_000, 2)
        x = [int(rng.integers(1, own)) for own in n]
        for rank, own, of in ((1, x[0], n[0]), (5, x[1], n[1])):
            group(case, "proportion", rank, own / of, *proportion_confint(own, of, method="wilson"))
        limits = confint_proportions_2indep(x[1], n[1], x[0], n[0], method="newcomb")
        result(case, "difference", x[1] / n[1] - x[0] / n[0], *limits)
    for at in range(6):
        case = f"rate{at}"
        time = rng.integers(500, 9_000, 2).astype(float)
        x = rng.integers(8, 400, 2)
        for rank, own, of in ((1, x[0], time[0]), (5, x[1], time[1])):
            reach = np.exp(Z95 / np.sqrt(own))
            group(case, "rate", rank, own / of, own / of / reach, own / of * reach)
        given = (x[1], time[1], x[0], time[0])
        inner = confint_poisson_2indep(*given, method="wald-log", compare="ratio", alpha=0.05)
        outer = confint_poisson_2indep(*given, method="wald-log", compare="ratio", alpha=0.002)
        result(case, "ratio", x[1] / time[1] / (x[0] / time[0]), *inner, outer)
    for at in range(4):
        case = f"mean{at}"
        means, errors = rng.normal(75, 4, 2), rng.uniform(0.2, 1.5, 2)
        for rank, own, error in ((1, means[0], errors[0]), (5, means[1], errors[1])):
            group(case, "mean", rank, own, own - Z95 * error, own + Z95 * error)
        value, error = means[1] - means[0], np.sqrt((errors**2).sum())
        result(case, "difference", value, value - Z95 * error, value + Z95 * error,
               (value - Z998 * error, value + Z998 * error))
    # A group between the ends does not count.
    group("mean0", "mean", 3, 60.0, 59.0, 61.0)
    pd.DataFrame(inputs, columns=["case", "rank", "value", "lower_95", "upper_95", "kind"]).to_csv(
        "gap_input.csv", index=False)
    columns = ["case", "measure", "value", "lower_95", "upper_95", "lower_998", "upper_998"]
    pd.DataFrame(results, columns=columns).to_csv("gap_expected.csv", index=False)


STARTS = [0, 1, *range(5, 95, 5)]


def life(rates):
    """Life expectancy at birth of abridged death rates, as a recursion from the oldest down."""
    left = 1 / rates[-1]
    for at in range(len(STARTS) - 2, -1, -1):
        width = STARTS[at + 1] - STARTS[at]
        lived = 0.1 if at == 0 else 0.5
        dying = width * rates[at] / (1 + width * rates[at] * (1 - lived))
        left = width * (1 - dying) + width * lived * dying + (1 - dying) * left
    return left


def contributions(rng):
    hazard = np.array([0.004, 0.0002] + [0.0001 * 1.09 ** age for age in STARTS[2:]])
    persons = rng.integers(2_000, 9_000, (2, 20))
    causes = {"circulation": 0.4, "cancer": 0.35, "other": 0.25}
    deaths = {
        cause: np.array([rng.poisson(persons[0] * hazard * share * 1.3) + 1,
                         rng.poisson(persons[1] * hazard * share) + 1])
        for cause, share in causes.items()
    }
    rates = sum(deaths.values()) / persons
    gap = life(rates[0]) - life(rates[1])
    inputs, results = [], []
    mixed = rates[1].copy()
    added = np.zeros(20)
    for at in range(19, -1, -1):
        before = life(mixed)
        mixed[at] = rates[0][at]
        added[at] = life(mixed) - before
    assert abs(added.sum() - gap) < 1e-9
    for at, age in enumerate(STARTS):
        for cause in causes:
            own, other = deaths[cause][:, at]
            part = own / persons[0][at] - other / persons[1][at]
            years = added[at] * part / (rates[0][at] - rates[1][at])
            following = STARTS[at + 1] if at < 19 else None
            inputs.append((age, following, cause, own, persons[0][at], other, persons[1][at]))
            results.append((age, cause, years, gap))
    table = pd.DataFrame(inputs, columns=["age", "next_age", "cause", "deaths", "persons",
                                          "other_deaths", "other_persons"])
    table.astype({"next_age": "Int64"}).to_csv("arriaga_input.csv", index=False)
    pd.DataFrame(results, columns=["age", "cause", "years", "gap"]).to_csv(
        "arriaga_expected.csv", index=False)


gaps(np.random.default_rng(20261128))
contributions(np.random.default_rng(20261129))
