"""Makes the vectors of moran, did_rate_ratio, cambridge_multimorbidity, esp2013, cusum and of the p, u and
g charts, with statsmodels 0.15.0 or the formulas written out in numpy, on random inputs.

    python functions.py
"""
from itertools import permutations

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.stats import norm

rng = np.random.default_rng(20261128)
SOURCE = "numpy, functions.py"


def write(rows, name, source=SOURCE):
    pd.DataFrame(rows).assign(source=source).to_csv(name, index=False)


def moran():
    """Cliff and Ord 1981: the index with weights of rows that add up to one."""
    inputs, expected = [], []
    for name, n, chords in (("ring", 8, 0), ("town", 40, 30)):
        near = {i: {(i + 1) % n, (i - 1) % n} for i in range(n)}
        for _ in range(chords):
            a, b = rng.choice(n, 2, replace=False)
            near[a].add(b)
            near[b].add(a)
        values = np.round(20 + 4 * np.sin(np.arange(n) * 2 * np.pi / n) + 2 * rng.normal(size=n), 3)
        weights = np.zeros((n, n))
        for i, others in near.items():
            weights[i, list(others)] = 1 / len(others)
            inputs += [{"map": name, "area": f"A{i}", "value": values[i], "neighbour": f"A{j}"} for j in sorted(others)]
        z = values - values.mean()
        index = lambda z: n / weights.sum() * (z @ weights @ z) / (z @ z)
        row = {"map": name, "value": index(z), "expected": -1 / (n - 1), "p_value": np.nan}
        if name == "ring":
            # Of all ways to deal the values out, those at least as far from what is expected.
            all_z = z[np.array(list(permutations(range(n))))]
            of_all = ((all_z @ weights) * all_z).sum(axis=1) / (z @ z)
            row["p_value"] = np.mean(abs(of_all + 1 / (n - 1)) >= abs(index(z) + 1 / (n - 1)) - 1e-12)
        expected.append(row)
    write(inputs, "moran_input.csv")
    write(expected, "moran_expected.csv")


def rate_ratio():
    n = 80
    case = np.arange(n) < 35
    days = rng.integers(60, 366, size=(n, 2))
    rate = rng.gamma(1.5, 1 / 1.5, size=n)[:, None] * np.where(case[:, None], [3.0, 2.0], [2.0, 1.9])
    events = rng.poisson(rate * days / 365)
    people = pd.DataFrame({"person": np.arange(n) + 1, "is_case": case.astype(int), "events_before": events[:, 0],
                           "days_before": days[:, 0], "events_after": events[:, 1], "days_after": days[:, 1]})
    write(people, "did_rate_ratio_input.csv")
    long = pd.DataFrame({"person": np.repeat(np.arange(n), 2), "case": np.repeat(case, 2).astype(float),
                         "after": np.tile([0.0, 1.0], n), "events": events.ravel(), "days": days.ravel()})
    long["both"] = long.case * long.after

    def fit(rows, names):
        model = sm.GLM(rows.events, sm.add_constant(rows[names]), family=sm.families.Poisson(), offset=np.log(rows.days))
        return model.fit(tol=1e-13, cov_type="cluster", cov_kwds={"groups": rows.person, "use_correction": False})

    both, naive = fit(long, ["case", "after", "both"]), fit(long[long.case == 1].reset_index(drop=True), ["after"])
    row = {"rate_ratio": np.exp(both.params["both"]), "p_value": both.pvalues["both"],
           "naive_ratio": np.exp(naive.params["after"])}
    for name, level in (("95", 0.95), ("998", 0.998), ("99", 0.99)):
        row[f"lower_{name}"], row[f"upper_{name}"] = np.exp(both.conf_int(alpha=1 - level).loc["both"])
    row["naive_lower_95"], row["naive_upper_95"] = np.exp(naive.conf_int().loc["after"])
    write([row], "did_rate_ratio_expected.csv", "statsmodels 0.15.0 GLM, clusters, functions.py")
    weighted(people, long)


def weighted(people, long):
    """The same with weights of controls: coefficients of statsmodels, the sandwich written out (it has none of weights
    that it calls whole)."""
    own = np.random.default_rng(20261129)
    people = people.assign(weight=np.where(people.is_case == 1, 1.0, np.round(own.gamma(1.5, 0.8, len(people)), 3)))
    write(people, "did_rate_ratio_weighted_input.csv")
    weights = np.repeat(people.weight.to_numpy(), 2)
    x = np.column_stack([np.ones(len(long)), long.case, long.after, long.both])
    fit = sm.GLM(long.events, x, family=sm.families.Poisson(), offset=np.log(long.days), var_weights=weights).fit(tol=1e-14)
    mean = fit.fittedvalues.to_numpy()
    scores = pd.DataFrame(x * (weights * (long.events.to_numpy() - mean))[:, None]).groupby(long.person.to_numpy()).sum().to_numpy()
    bread = np.linalg.inv((x.T * (weights * mean)) @ x)
    estimate, error = fit.params.iloc[3], np.sqrt((bread @ (scores.T @ scores) @ bread)[3, 3])
    row = {"rate_ratio": np.exp(estimate), "p_value": 2 * norm.sf(abs(estimate / error))}
    for name, level in (("95", 0.95), ("998", 0.998), ("99", 0.99)):
        reach = norm.ppf(0.5 + level / 2) * error
        row[f"lower_{name}"], row[f"upper_{name}"] = np.exp(estimate - reach), np.exp(estimate + reach)
    write([row], "did_rate_ratio_weighted_expected.csv", "statsmodels 0.15.0 GLM with weights, sandwich in numpy, functions.py")


def cambridge():
    """Weights of the general outcome, Payne and others 2020."""
    weights = {"hypertension": 0.08, "anxiety_or_depression": 0.50, "painful_condition": 0.92, "hearing_loss": 0.09,
               "irritable_bowel_syndrome": 0.21, "asthma": 0.19, "diabetes": 0.75, "coronary_heart_disease": 0.49,
               "chronic_kidney_disease": 0.53, "atrial_fibrillation": 1.34, "constipation": 1.12, "stroke_tia": 0.80,
               "copd": 1.46, "connective_tissue_disorder": 0.43, "cancer_last_5_years": 1.53,
               "alcohol_problems": 0.65, "heart_failure": 1.18, "dementia": 2.50, "psychosis_bipolar": 0.64,
               "epilepsy": 0.92}
    inputs, expected = [], []
    for person in range(60):
        size = person + 1 if person < 20 else int(rng.integers(1, 15))
        # The first twenty have one condition more each; a condition may be noted twice.
        own = list(weights)[:size] if person < 20 else list(rng.choice(list(weights), size))
        inputs += [{"person": person, "condition": condition} for condition in own]
        expected.append({"person": person, "score": round(sum(weights[c] for c in set(own)), 2), "n_conditions": len(set(own))})
    write(inputs, "cambridge_input.csv")
    write(expected, "cambridge_expected.csv")


def esp():
    """Eurostat 2013, in persons of 100,000."""
    weights = [5000, 5500, 5500, 5500, 6000, 6000, 6500, 7000, 7000, 7000, 7000, 6500, 6000, 5500, 5000, 4000, 2500, 1500, 1000]
    assert sum(weights) == 100_000
    bands = [f"{age}-{age + 4}" for age in range(0, 90, 5)] + ["90+"]
    rows = [{"age_band": band, "weight": weight} for band, weight in zip(bands, weights)]
    write(rows + [{"age_band": "all ages", "weight": None}], "esp2013_expected.csv", "Eurostat 2013")


def labels(values, centre, lower, upper, near_lower, near_upper):
    """Making Data Count: beyond a limit, trend of 7, 2 of 3 near a limit, 7 on one side."""
    n = len(values)
    outside = (values > upper) | (values < lower)
    near = ~outside & ((values > near_upper) | (values < near_lower))
    side = np.sign(values - centre)
    trend, two, seven = np.zeros(n), np.zeros(n, bool), np.zeros(n, bool)
    for i in range(n - 6):
        steps = np.diff(values[i:i + 7])
        if (steps > 0).all() or (steps < 0).all():
            trend[i:i + 7] = np.sign(steps[0])
        if abs(side[i:i + 7].sum()) == 7:
            seven[i:i + 7] = True
    for i in range(n - 2):
        if near[i:i + 3].sum() >= 2 and abs(side[i:i + 3].sum()) == 3:
            two[i:i + 3] = True
    for i in range(n):
        way = "Above" if side[i] > 0 else "Below"
        if outside[i]:
            yield "Above UCL" if side[i] > 0 else "Below LCL"
        elif trend[i]:
            yield f"7 Point Trend ({'Increasing' if trend[i] > 0 else 'Decreasing'})"
        elif two[i] and near[i]:
            yield f"2 in 3 {way} CL"
        elif seven[i]:
            yield f"7 Points {way} CL"
        else:
            yield "Common Cause"


def charts():
    """p, u and g charts: Provost and Murray 2011; Benneyan 2001."""
    rows = []
    for series in range(6):
        n = 48
        size = np.full(n, 500) if series == 0 else rng.integers(300, 900, size=n)
        drift = np.where(np.arange(n) > 30, 1 + 0.12 * series, 1.0) * (1 + 0.01 * series * np.arange(n) / n)
        rise = np.where((np.arange(n) > 8) & (np.arange(n) < 19), 1 + 0.05 * series * (np.arange(n) - 8) / 3, 1.0)
        for chart in "pug":
            if chart == "g":
                x, d, per = rng.geometric(0.06 / drift / rise) - 1, np.ones(n), 1
                if series == 0:
                    x[10:18] = np.arange(4, 12)
                value = x.astype(float)
                mean = value.mean()
                third, middle, centre = np.full(n, np.sqrt(mean * (mean + 1))), mean, mean * np.log(2)
                low, high = 0, np.inf
            else:
                per = 100 if chart == "p" else 1000
                x, d = rng.binomial(size, 0.2 * np.minimum(drift * rise, 4)), size
                if chart == "u":
                    x = rng.poisson(size * 0.05 * drift * rise)
                if series == 0:
                    # A rise and, later, a fall of eight points.
                    x[10:18] = x.mean() - 12 + 3 * np.arange(8)
                    x[30:38] = x.mean() + 9 - 3 * np.arange(8)
                share = x.sum() / d.sum()
                value, middle = x / d * per, share * per
                centre = middle
                third = per * np.sqrt((share * (1 - share) if chart == "p" else share) / d)
                low, high = 0, (per if chart == "p" else np.inf)
            lines = [np.clip(middle + k * third, low, high) for k in (-3, 3, -2, 2)]
            # Equal neighbours have no place in a trend; the rule for them is the peer's own, and of XmR charts.
            for i, label in enumerate(labels(value, centre, *lines)):
                rows.append({"chart": chart, "series": series, "period": i + 1, "numerator": x[i],
                             "denominator": d[i], "per": per, "value": value[i], "centre": centre,
                             "lower_limit": lines[0][i], "upper_limit": lines[1][i], "lower_near": lines[2][i],
                             "upper_near": lines[3][i], "special_cause": label})
    write(rows, "attribute_charts.csv")


def cusum():
    rows = []
    for series in range(6):
        values = np.round(10 + rng.normal(size=40) + np.where(np.arange(40) > 20, (series - 2.5) * 0.5, 0), 3)
        target, sd, k, h = (10.0, 1.0, 0.5, 5.0) if series % 2 else (values.mean(), abs(np.diff(values)).mean() / 1.128, 0.25, 4.0)
        high = low = n_high = n_low = 0
        for i, z in enumerate((values - target) / sd):
            high, low = max(0.0, high + z - k), max(0.0, low - z - k)
            n_high, n_low = (n_high + 1 if high > 0 else 0), (n_low + 1 if low > 0 else 0)
            signal = 0 if max(high, low) <= h else (1 if high >= low else -1)
            rows.append({"series": series, "period": i + 1, "value": values[i], "is_given": series % 2, "slack": k,
                         "decision": h, "high": high, "low": low, "n_high": n_high, "n_low": n_low, "signal": signal})
    write(rows, "cusum.csv")


moran()
rate_ratio()
cambridge()
esp()
charts()
cusum()
