"""Makes matching_*, entropy_*, synthetic_* and projection_* with numpy, scipy 1.17.1 and statsmodels 0.15.0.

    python whole_table.py

Nothing here is how the hub does it: matching looks at every control of every case in a full table of
distances, entropy balancing finds a root of the moment conditions, synthetic control tries every set of
units that may have weight (and SLSQP has to agree), projection multiplies a Leslie matrix.
"""
from itertools import combinations

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.optimize import minimize, root

SOURCE = "whole_table.py"
random = np.random.default_rng(20240611)


def write(name, rows):
    table = pd.DataFrame(rows).assign(source=SOURCE)
    flags = table.select_dtypes(bool).columns
    table.astype({flag: int for flag in flags}).to_csv(name, index=False)


# Matching

n = 130
people = pd.DataFrame({
    "person": random.permutation(np.arange(1001, 1001 + n)), "is_case": np.arange(n) < 30,
    "age": random.integers(50, 96, n), "frailty": random.normal(size=n).round(3),
    "admissions": random.poisson(1.2, n), "practice": random.choice(["A", "B", "C"], n)})
people.loc[people.is_case, "age"] = (people.age + 6).clip(upper=96)
people.loc[people.is_case, "frailty"] = (people.frailty + 0.5).round(3)
people = people.sort_values("person").reset_index(drop=True)
features = people[["age", "frailty", "admissions"]].to_numpy(float)
case = people.is_case.to_numpy()


def greedy(distances, hardness, key, stratum, k, replaced, caliper):
    """distances: of cases (rows) and controls (columns), in the order of their keys."""
    free = np.ones(distances.shape, bool) & (stratum[case][:, None] == stratum[~case][None, :])
    pairs = []
    for rank in range(1, k + 1):
        for at in np.lexsort((key[case], -hardness)):
            left = np.where(free[at], distances[at], np.inf)
            best = int(np.argmin(left))
            if left[best] <= caliper and np.isfinite(left[best]):
                pairs.append((key[case][at], rank, key[~case][best], left[best]))
                free[at, best] = False
                if not replaced:
                    free[:, best] = False
    return sorted(pairs)


logit = sm.Logit(case.astype(float), sm.add_constant(features)).fit(disp=0, method="newton", tol=1e-14)
line = logit.fittedvalues if not hasattr(logit.fittedvalues, "to_numpy") else logit.fittedvalues.to_numpy()
on_line = np.abs(line[case][:, None] - line[~case][None, :])
sd = np.sqrt((line[case].var(ddof=1) + line[~case].var(ddof=1)) / 2)
within = sum((group.sum() - 1) * np.cov(features[group].T) for group in (case, ~case)) / (n - 2)
inverse = np.linalg.inv(within)
gaps = features[case][:, None, :] - features[~case][None, :, :]
in_space = np.sqrt(np.einsum("abi,ij,abj->ab", gaps, inverse, gaps))
centred = features[case] - features[~case].mean(axis=0)
outlying = np.einsum("ai,ij,aj->a", centred, inverse, centred)
key, practice, one = people.person.to_numpy(), people.practice.to_numpy(), np.full(n, "")
settings = {
    "propensity": (on_line, line[case], key, one, 2, False, 0.2 * sd),
    "propensity_by_practice": (on_line, line[case], key, practice, 1, False, np.inf),
    "propensity_replaced": (on_line, line[case], key, practice, 3, True, 0.5 * sd),
    "mahalanobis": (in_space, outlying, key, practice, 2, False, 1.0),
    "mahalanobis_replaced": (in_space, outlying, key, one, 2, True, 0.75),
}
write("matching_input.csv", people)
matched, differences = [], []
for setting, arguments in settings.items():
    pairs = greedy(*arguments)
    matched += [{"setting": setting, "case_key": a, "rank": r, "control_key": b, "distance": d,
                 "n_pairs": len(pairs)} for a, r, b, d in pairs]
    if setting == "propensity":
        served = pd.Series([a for a, *_ in pairs] + [p[2] for p in pairs]).drop_duplicates()
write("matching_expected.csv", matched)
weight = {"before": np.ones(n), "after": np.isin(key, served).astype(float),
          "weighted": np.round(random.uniform(0.1, 3, n), 3)}
people_weights = people[["person", "is_case", "age", "admissions"]].copy()
people_weights["is_frail"] = (people.frailty > 0.3).astype(int)
for when, w in weight.items():
    people_weights[when] = w
    for feature in ("age", "admissions", "is_frail"):
        means, variances = [], []
        for group in (case, ~case):
            x, v = people_weights[feature].to_numpy(float)[group], w[group]
            mean = np.average(x, weights=v)
            spread = mean * (1 - mean) if feature == "is_frail" else (
                v.sum() / (v.sum() ** 2 - (v ** 2).sum()) * (v * (x - mean) ** 2).sum())
            means.append(mean)
            variances.append(spread)
        differences.append({"moment": when, "feature": feature, "mean_case": means[0],
                            "mean_control": means[1],
                            "difference": (means[0] - means[1]) / np.sqrt(sum(variances) / 2)})
write("difference_input.csv", people_weights)
write("difference_expected.csv", differences)

# Entropy balancing


def entropy(constraints, n_cases):
    """Constraints: one row per control, to come to nought on average."""
    spread = constraints.std(axis=0)
    z = constraints / spread

    def shares(slopes):
        log = -z @ slopes
        w = np.exp(log - log.max())
        return w / w.sum()

    start = minimize(lambda l: np.log(np.exp(-z @ l).sum()), np.zeros(z.shape[1]), method="BFGS").x
    found = root(lambda l: shares(l) @ z, start, method="hybr", tol=1e-15)
    assert np.abs(shares(found.x) @ z).max() < 1e-13, found
    return shares(found.x) * n_cases


rows = []
male = (features[:, 1] > 0).astype(float)
balanced = np.column_stack([features[:, 0], features[:, 2], male])
centre = balanced[case].mean(axis=0)
first = balanced[~case] - centre
second = first[:, :2] ** 2 - balanced[case][:, :2].var(axis=0)
for moments, constraints in ((1, first), (2, np.column_stack([first, second]))):
    weights = entropy(constraints, case.sum())
    rows += [{"n_moments": moments, "person": p, "weight": w, "effective": weights.sum() ** 2 / (weights ** 2).sum()}
             for p, w in zip(key[~case], weights)]
write("entropy_input.csv", pd.DataFrame({"person": key, "is_case": case, "age": features[:, 0].astype(int),
              "admissions": features[:, 2].astype(int), "is_male": male.astype(int)}))
write("entropy_expected.csv", rows)

# Synthetic control

units, n_before, n_after = [f"E0200{at:02}" for at in range(9)], 14, 6
months = np.arange(n_before + n_after)
factors = np.vstack([np.sin(months / 3), months / 10, random.normal(size=months.size)])
panel = (40 + random.normal(0, 4, (9, 1)) + random.normal(0, 3, (9, 3)) @ factors
         + random.normal(0, 1, (9, months.size)))
panel[2] = panel[[0, 1, 3, 4]].mean(axis=0) + random.normal(0, 1, months.size)
panel[2, n_before:] -= 6
panel = panel.round(3)


def simplex(columns, y):
    """Every set of columns that may have weight, by least squares with a sum of one."""
    best = (np.inf, None)
    for size in range(1, columns.shape[1] + 1):
        for used in combinations(range(columns.shape[1]), size):
            base, rest = columns[:, used[0]], columns[:, used[1:]]
            inner = np.linalg.lstsq(rest - base[:, None], y - base, rcond=None)[0] if size > 1 else np.array([])
            w = np.zeros(columns.shape[1])
            w[list(used)] = np.concatenate([[1 - inner.sum()], inner])
            loss = ((y - columns @ w) ** 2).sum()
            if (w[list(used)] > 0).all() and loss < best[0]:
                best = (loss, w)
    check = minimize(lambda w: ((y - columns @ w) ** 2).sum(), np.full(columns.shape[1], 1 / columns.shape[1]),
                     jac=lambda w: -2 * columns.T @ (y - columns @ w), method="SLSQP",
                     bounds=[(0, 1)] * columns.shape[1], options={"ftol": 1e-15, "maxiter": 2000},
                     constraints={"type": "eq", "fun": lambda w: w.sum() - 1,
                                  "jac": lambda w: np.ones(columns.shape[1])})
    assert abs(check.fun - best[0]) < 1e-6 * best[0] and np.abs(check.x - best[1]).max() < 1e-3, (check, best)
    return best[1]


def fit(data, unit):
    others = [at for at in range(len(data)) if at != unit]
    w = simplex(data[others, :n_before].T, data[unit, :n_before])
    gap = data[unit] - w @ data[others]
    before, after = (np.sqrt((part ** 2).mean()) for part in (gap[:n_before], gap[n_before:]))
    return others, w, gap, before, after


results, weights, periods = [], [], []
for shifted in (False, True):
    data = panel - panel[:, :n_before].mean(axis=1, keepdims=True) if shifted else panel
    others, w, gap, before, after = fit(data, 2)
    ratios = [f[4] / f[3] for f in (fit(data, unit) for unit in range(9))]
    results.append({"is_shifted": shifted, "effect": gap[n_before:].mean(), "error_before": before,
                    "error_after": after, "p_value": np.mean(np.array(ratios) >= ratios[2] * (1 - 1e-12))})
    used = [(units[at], x) for at, x in zip(others, w) if x > 0]
    weights += [{"is_shifted": shifted, "unit": u, "weight": x, "n_weights": len(used)} for u, x in used]
    periods += [{"is_shifted": shifted, "from_start": t - n_before, "observed": panel[2, t],
                 "synthetic": panel[2, t] - gap[t]} for t in months]
write("synthetic_input.csv", [{"unit": u, "period": int(t) + 1, "y": panel[at, t]}
                              for at, u in enumerate(units) for t in months])
write("synthetic_expected.csv", results)
write("synthetic_weights.csv", weights)
write("synthetic_periods.csv", periods)

# Projection


def leslie(table, width, share):
    k = len(table) // 2
    matrix, half, births = np.zeros((2 * k, 2 * k)), table.net.to_numpy() / 2, np.zeros(2 * k)
    infants = []
    for sex in (0, 1):
        m = table.m.to_numpy()[sex * k:(sex + 1) * k]
        a = np.full(k, width / 2)
        if width == 1:
            a[0] = 0.1
        q = width * m / (1 + (width - a) * m)
        l = np.concatenate([[1], np.cumprod(1 - q[:-1])])
        lived = np.concatenate([width * l[1:] + a[:-1] * (l[:-1] - l[1:]), [l[-1] / m[-1]]])
        block = np.diag(lived[1:] / lived[:-1], -1)
        block[-1, -2:] = lived[-1] / lived[-2:].sum()
        matrix[sex * k:(sex + 1) * k, sex * k:(sex + 1) * k] = block
        infants.append(lived[0] / width)
    births[:k] = width * table.f.to_numpy()[:k] / 2
    constant = matrix @ half + half
    whole, added = births + births @ matrix, births @ constant
    for row, part in ((0, share * infants[0]), (k, (1 - share) * infants[1])):
        matrix[row] += part * whole
        constant[row] += part * added
    return matrix, constant, whole, added


inputs, bands, steps = [], [], []
for case_name, width, k, n_steps, share in (("fives", 5, 19, 5, 100 / 205), ("years", 1, 41, 3, 0.4878)):
    ages = np.arange(k) * width
    death = 0.0004 * np.exp(0.075 * ages) + np.where(ages == 0, 0.004, 0)
    fertile = np.where((ages >= 15) & (ages < 45), 0.07 * np.exp(-((ages - 29) / 8) ** 2), 0)
    table = pd.DataFrame({
        "case": case_name, "is_female": np.repeat([True, False], k), "age_from": np.tile(ages, 2),
        "population": random.integers(800, 6000, 2 * k), "m": np.concatenate([death, death * 1.4]).round(6),
        "f": np.concatenate([fertile.round(5), np.zeros(k)]), "net": random.integers(-60, 90, 2 * k),
        "n_steps": n_steps, "female_share": share})
    inputs.append(table)
    matrix, constant, whole, added = leslie(table, width, share)
    now = table.population.to_numpy(float)
    for step in range(n_steps + 1):
        bands += [{"case": case_name, "years": step * width, "is_female": s, "age_from": x, "population": p}
                  for s, x, p in zip(table.is_female, table.age_from, now)]
        if step < n_steps:
            born, after = whole @ now + added, matrix @ now + constant
            steps.append({"case": case_name, "years": (step + 1) * width, "population": after.sum(), "births": born,
                          "deaths": now.sum() + born + table.net.sum() - after.sum()})
            now = after
write("projection_input.csv", pd.concat(inputs))
write("projection_bands.csv", bands)
write("projection_steps.csv", steps)
