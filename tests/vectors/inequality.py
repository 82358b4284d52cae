"""Makes sii_*, concentration_* and poorest_fastest_* of this directory.

    python inequality.py PHE_SII_INPUT PHE_SII_EXPECTED

The arguments are tables of groups and of what PHEindicatormethods 2.1.0 (`phe_sii`, 200,000
draws) gives for them; columns `numpy_*` and the other tables are computed here, the latter by
statsmodels 0.15.0 from seeded random inputs.
"""
import sys

import numpy as np
import pandas as pd
import statsmodels.api as sm

PHE = "PHEindicatormethods 2.1.0 on random inputs, 200,000 draws"
OWN = "statsmodels 0.15.0 on random inputs, inequality.py"


def simulated(groups, kind, is_transformed, multiplier, rng):
    """Percentiles of the slope index over 400,000 draws on the scale of the errors."""
    forward = {"mean": lambda y: y, "rate": np.log, "proportion": lambda y: np.log(y / (1 - y))}
    back = {"mean": lambda y: y, "rate": np.exp, "proportion": lambda y: 1 / (1 + np.exp(-y))}
    forward, back = forward[kind], back[kind]
    error = (forward(groups["upper"]) - forward(groups["lower"])) / (2 * 1.959963984540054)
    draws = forward(groups["value"].to_numpy()) + error.to_numpy() * rng.standard_normal(
        (400_000, len(groups)))
    share = (groups["population"] / groups["population"].sum()).to_numpy()
    root = np.sqrt(share)
    design = np.column_stack([root, root * (share.cumsum() - share / 2)])
    lines = np.linalg.lstsq(design, ((draws if is_transformed else back(draws)) * root).T, rcond=None)[0]
    low, high = lines[0], lines[0] + lines[1]
    if is_transformed:
        low, high = back(low), back(high)
    return np.quantile(multiplier * (high - low), [0.025, 0.975])


def slope_index(given, expected, rng):
    given = pd.read_csv(given)[["case", "quantile", "population", "value", "lower", "upper"]]
    groups = dict(list(given.groupby("case")))
    given.assign(source=PHE).to_csv("sii_input.csv", index=False)
    expected = pd.read_csv(expected)
    kinds = {0: "mean", 1: "rate", 2: "proportion"}
    table = pd.DataFrame({
        "case": expected["case"],
        "kind": expected["value_type"].map(kinds),
        "is_transformed": expected["transform"].astype(str).str.lower(),
        "multiplier": expected["multiplier"].astype(float),
        "sii": expected["sii"], "rii": expected["rii"], "intercept": expected["intercept"],
        "sii_lower": expected["sii_lower95_0cl"], "sii_upper": expected["sii_upper95_0cl"],
        "rii_lower": expected["rii_lower95_0cl"], "rii_upper": expected["rii_upper95_0cl"],
    })
    own = [simulated(groups[row.case], row.kind, row.is_transformed == "true", row.multiplier, rng)
           for row in table.itertuples()]
    table[["numpy_sii_lower", "numpy_sii_upper"]] = own
    table.assign(source=PHE).to_csv("sii_expected.csv", index=False)


def concentration(rng):
    inputs, results = [], []
    for case, n in (("groups", 10), ("persons", 60)):
        rank = np.arange(1, n + 1) if case == "groups" else rng.integers(1, 15, n)
        population = rng.integers(500, 2000, n) if case == "groups" else np.ones(n)
        value = np.round(rng.gamma(3, 2, n) + rank * 0.1, 4)
        rows = pd.DataFrame({"case": case, "rank": rank, "population": population.astype(float),
                             "value": value})
        weight = rows.population / rows.population.sum()
        of_rank = weight.groupby(rows["rank"]).sum()
        middle = of_rank.cumsum() - of_rank / 2
        r = rows["rank"].map(middle)
        mean = (weight * value).sum()
        variance = (weight * (r - (weight * r).sum()) ** 2).sum()
        fit = sm.WLS(2 * variance * value / mean, sm.add_constant(r), weights=rows.population).fit()
        (_, (lower, upper)), (_, (lower_998, upper_998)) = (
            fit.conf_int(alpha).to_numpy() for alpha in (0.05, 0.002))
        results.append((case, fit.params.iloc[1], fit.bse.iloc[1], lower, upper, lower_998, upper_998))
        inputs.append(rows)
    pd.concat(inputs).assign(source=OWN).to_csv("concentration_input.csv", index=False)
    names = ["case", "index", "standard_error", "lower_95", "upper_95", "lower_998", "upper_998"]
    pd.DataFrame(results, columns=names).assign(source=OWN).to_csv(
        "concentration_expected.csv", index=False)


def poorest_fastest(rng):
    year = np.tile(np.arange(2016, 2026), 5)
    fifth = np.repeat(np.arange(1, 6), 10)
    value = np.round(120 - 12 * fifth - (year - 2016) * np.where(fifth == 1, 2.0, 0.9)
                     + rng.normal(0, 3, 50), 4)
    rows = pd.DataFrame({"year": year, "fifth": fifth, "value": value})
    rows.assign(source=OWN).to_csv("poorest_fastest_input.csv", index=False)
    results = []
    poorest, centred = (fifth == 1).astype(float), year - 2020.0
    design = np.column_stack([np.ones(50), poorest, centred, centred * poorest])
    for is_relative in (False, True):
        fit = sm.OLS(np.log(value) if is_relative else value, design).fit()
        limits = [*fit.conf_int(0.05)[3], *fit.conf_int(0.002)[3]]
        results.append((str(is_relative).lower(), fit.params[3], *limits, fit.bse[3],
                        fit.pvalues[3], fit.params[2]))
    names = ["is_relative", "difference", "lower_95", "upper_95", "lower_998", "upper_998",
             "standard_error", "p_value", "slope_rest"]
    pd.DataFrame(results, columns=names).assign(source=OWN).to_csv(
        "poorest_fastest_expected.csv", index=False)


slope_index(*sys.argv[1:3], np.random.default_rng(20261127))
concentration(np.random.default_rng(20261128))
poorest_fastest(np.random.default_rng(20261129))
