"""Makes the expected values at other levels than 95 %, with statsmodels 0.15.0, scipy 1.17.1 and numpy.

    python levels.py

Reads the inputs of regression, difference_in_differences, interrupted_time_series and the funnels.
"""
import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import stats
from statsmodels.stats.sandwich_covariance import cov_white_simple

SOURCE = "statsmodels 0.15.0, scipy 1.17.1 and numpy, levels.py"


def write(rows, name):
    pd.DataFrame(rows).assign(source=SOURCE).to_csv(name, index=False)


def terms(model, fit, level):
    limits = np.asarray(fit.conf_int(alpha=1 - level / 100))
    names = list(fit.params.index)
    for at, name in enumerate(names):
        yield {"model": model, "at": at, "term": {"const": "constant", "Intercept": "constant"}.get(name, name),
               "estimate": fit.params.iloc[at], "std_error": fit.bse.iloc[at], "p_value": fit.pvalues.iloc[at],
               "lower": limits[at, 0], "upper": limits[at, 1]}


def regressions():
    data = pd.read_csv("regression/input.csv")
    x = sm.add_constant(data[["x1", "x2", "x3"]])
    offset = np.log(data.exposure)
    poisson = sm.GLM(data.y_poisson, x, family=sm.families.Poisson(), offset=offset)
    yield from terms("ols", sm.OLS(data.exposure, x).fit(), 99)
    yield from terms("poisson", poisson.fit(tol=1e-13), 90)
    yield from terms("quasi_poisson", poisson.fit(tol=1e-13, scale="X2"), 99)
    yield from terms("logistic", sm.Logit(data.y_binary, x).fit(disp=0, tol=1e-13), 90)
    negative = sm.NegativeBinomial(data.y_nb, x, exposure=data.exposure)
    yield from terms("negative_binomial", negative.fit(disp=0, maxiter=500, method="newton",
                     start_params=negative.fit(disp=0, maxiter=500).params, tol=1e-13), 99)
    panel = pd.read_csv("difference_in_differences/input.csv")
    panel = panel[panel.unit.str[1:].astype(int).between(7, 18)].reset_index(drop=True)
    panel["is_high"] = (panel.y > 52).astype(int)
    kind = {"cov_type": "cluster", "use_t": True, "cov_kwds": {"groups": panel.unit.astype("category").cat.codes}}
    two = "treated + post + did"
    counts = sm.GLM.from_formula("events ~ " + two, panel, family=sm.families.Poisson())
    binary = sm.GLM.from_formula("is_high ~ " + two, panel, family=sm.families.Binomial())
    yield from terms("ols_clusters", smf.ols("y ~ " + two, panel).fit(**kind), 90)
    yield from terms("poisson_clusters", counts.fit(tol=1e-13, **kind), 90)
    yield from terms("quasi_poisson_clusters", counts.fit(tol=1e-13, **kind), 90)
    yield from terms("logistic_clusters", binary.fit(tol=1e-13, **kind), 90)


def robust():
    """statsmodels takes no factor with HC1 of models of this kind, so that one is asked for by itself."""
    data = pd.read_csv("regression/input.csv")
    cases = [("hc0", "HC0", {}, data), ("hc1", "HC1", {}, data),
             ("cluster", "cluster", {"groups": np.unique(np.floor(data.x1 * 4), return_inverse=True)[1]}, data)]
    for case, rows in pd.read_csv("interrupted_time_series/input.csv").groupby("case"):
        cases.append((case, "HAC", {"maxlags": 3}, rows))
    for model, kind, options, rows in cases:
        y, exposure, names = (rows.y, rows.population, ["t", "post", "time_since"]) if kind == "HAC" else (
            rows.y_nb, rows.exposure, ["x1", "x2", "x3"])
        negative = sm.NegativeBinomial(y, sm.add_constant(rows[names]), exposure=exposure)
        fit = negative.fit(disp=0, maxiter=500, method="newton", start_params=settled(negative), tol=1e-13,
                           cov_type=kind, cov_kwds=options, use_t=kind == "cluster")
        if kind == "HC1":
            fit._results.cov_params_default = cov_white_simple(fit, use_correction=True)
        yield from terms(model, fit, 90)


def settled(negative):
    """Parameters near the most likely ones, from those of Poisson's model and some alpha."""
    poisson = sm.Poisson(negative.endog, negative.exog, exposure=np.exp(negative.exposure)).fit(disp=0, tol=1e-13)
    starts = [negative.fit(disp=0, maxiter=500, start_params=[*poisson.params, alpha]) for alpha in (0.001, 0.01, 0.5)]
    return max(starts, key=lambda fit: fit.llf if np.isfinite(fit.llf) else -np.inf).params


def study(panel, level, name):
    few = panel.unit.nunique() < 30
    kind = {"cov_type": "cluster", "use_t": few, "cov_kwds": {"groups": panel.unit.astype("category").cat.codes}}
    leads = [period for period in sorted(panel.period.unique()) if period != 7]
    panel = panel.assign(**{f"lead{period}": panel.treated * (panel.period == period) for period in leads})
    formula = "y ~ " + " + ".join(f"lead{period}" for period in leads) + " + C(unit) + C(period)"
    event = smf.ols(formula, panel).fit(**kind)
    rows = []
    for function, fit, names in (
        ("did", smf.ols("y ~ treated + post + did", panel).fit(**kind), ["did"]),
        ("did_two_way", smf.ols("y ~ did + C(unit) + C(period)", panel).fit(**kind), ["did"]),
        ("did_event_study", event, [f"lead{period}" for period in leads]),
    ):
        limits = fit.conf_int(alpha=1 - level / 100)
        for term in names:
            at = 0 if term == "did" else int(term[4:]) - 7
            rows.append({"units": name, "function": function, "from_reference": at, "estimate": fit.params[term],
                         "lower": limits.loc[term, 0], "upper": limits.loc[term, 1]})
    test = event.f_test(np.array([[float(name == lead) for name in event.params.index]
                                  for lead in (f"lead{period}" for period in leads if period < 7)]))
    return rows, {"units": name, "statistic": float(np.squeeze(test.fvalue)), "df_first": int(test.df_num),
                  "df_second": int(test.df_denom), "p_value": float(test.pvalue)}


def series():
    for case, rows in pd.read_csv("interrupted_time_series/input.csv").groupby("case"):
        rows = rows.reset_index(drop=True)
        x = sm.add_constant(rows[["t", "post", "time_since"]])
        offset = np.log(rows.population)
        counts = sm.GLM(rows.y, x, family=sm.families.Poisson(), offset=offset)
        last = x.assign(post=0, time_since=0).iloc[[-1]]
        for model, fit, more in (("ols", sm.OLS(rows.rate, x).fit(), {}),
                                 ("quasi_poisson", counts.fit(scale="X2", tol=1e-13), {"offset": offset.iloc[[-1]]})):
            limits = fit.conf_int(alpha=0.1)
            point = np.asarray(fit.get_prediction(last, **more).conf_int(alpha=0.1))
            yield {"case": case, "model": model, "level_lower": limits.loc["post", 0],
                   "level_upper": limits.loc["post", 1], "slope_lower": limits.loc["time_since", 0],
                   "slope_upper": limits.loc["time_since", 1], "last_lower": point[0, 0], "last_upper": point[0, 1]}


def spread(values, errors, target):
    """Spiegelhalter's tau2 of scores drawn in at 10 % and 90 % (type-7 quantiles)."""
    z = (values - target) / errors
    drawn = np.clip(z, *np.quantile(z, [0.1, 0.9]))
    n, phi, weights = len(z), np.mean(drawn ** 2), errors ** -2.0
    excess = n * phi - (n - 1)
    return max(0.0, excess / (weights.sum() - (weights ** 2).sum() / weights.sum()))


def funnels():
    z = stats.norm.ppf(0.95)
    inputs = pd.read_csv("funnel_overdispersion/input.csv")
    areas = pd.read_csv("funnel_rate/input.csv").query("events >= 10")
    both = inputs.data_type.unique()
    for kind in ("funnel_ratio", "funnel_proportion", "funnel_count_ratio", "funnel_rate", "funnel_dsr"):
        if kind in ("funnel_rate", "funnel_dsr"):
            names, n = areas.area, areas.events.to_numpy(float)
            d = areas["pop"].to_numpy(float) if kind == "funnel_rate" else n / areas.rate.to_numpy() * 1e5
            scale = n.sum() / d.sum()
            d = d * scale
            scale = scale * 1e5
        else:
            of = {"funnel_ratio": "SR", "funnel_proportion": "PR", "funnel_count_ratio": "RC"}[kind]
            assert of in both
            rows = inputs[inputs.data_type == of]
            names, n, d, scale = rows["group"], rows.numerator.to_numpy(float), rows.denominator.to_numpy(), 1.0
        if kind == "funnel_proportion":
            target, s = np.arcsin(np.sqrt(n.sum() / d.sum())), 0.5 / np.sqrt(d)
            y, back = np.arcsin(np.sqrt(n / d)), lambda v: np.sin(np.clip(v, 0, np.pi / 2)) ** 2
        elif kind == "funnel_count_ratio":
            target, s = np.log(n.sum() / d.sum()), np.sqrt(n / (n + 0.5) ** 2 + d / (d + 0.5) ** 2)
            y, back = np.log((n + 0.5) / (d + 0.5)), np.exp
        else:
            target, s, y, back = 1.0, 0.5 / np.sqrt(d), np.sqrt(n / d), lambda v: np.maximum(v, 0) ** 2
        tau2 = spread(y, s, target)
        reach = z * np.sqrt(s ** 2 + tau2)
        for name, lower, upper in zip(names, back(target - reach) * scale, back(target + reach) * scale):
            yield {"function": kind, "area": name, "tau2": tau2, "lower": lower, "upper": upper}


def curves():
    for level in (90, 99):
        z = stats.norm.ppf(0.5 + level / 200)
        tail = 0.5 - level / 200
        for kind, baseline, per, tau2 in (("rate", 93.1, 1000, 0.004), ("ratio", 1.0, 1, 0.0),
                                          ("ratio", 100.0, 100, 0.02), ("proportion", 25.8, 100, 0.001)):
            for size in (12.0, 400.0, 25000.0):
                share = baseline / per
                # Rates and ratios are ratios around 1, at the events expected of the area.
                expected = size * share if kind == "rate" else size
                if kind == "proportion":
                    reach = z * np.sqrt(0.25 / size + tau2)
                    at = np.arcsin(np.sqrt(share)) + np.array([-reach, reach])
                    ends = np.sin(np.clip(at, 0, np.pi / 2)) ** 2 * per
                else:
                    reach = z * np.sqrt(0.25 / expected + tau2)
                    ends = np.maximum(1 + np.array([-reach, reach]), 0) ** 2 * baseline
                yield {"function": "funnel_limits", "kind": kind, "size": size, "baseline": baseline, "per": per,
                       "tau2": tau2, "level": level, "lower": ends[0], "upper": ends[1]}
        for size in (12, 400):
            reach = z * np.sqrt(0.258 * 0.742 / size)
            yield {"function": "funnel_proportion_limits", "kind": "", "size": size, "baseline": 25.8, "per": 100,
                   "tau2": 0, "level": level, "lower": max(0.258 - reach, 0) * 100, "upper": min(0.258 + reach, 1) * 100}
        for n in (1, 7, 40, 900):
            most, least = stats.chi2.ppf(1 - tail, 2 * n + 2) / 2, stats.chi2.ppf(tail, 2 * n) / 2
            yield {"function": "funnel_poisson_limits", "kind": "", "size": n, "baseline": 0, "per": 1, "tau2": 0,
                   "level": level, "lower": n / most, "upper": n / least}


write(regressions(), "regression_levels_expected.csv")
write(robust(), "regression_robust_expected.csv")
whole = pd.read_csv("difference_in_differences/input.csv")
part = whole[whole.unit.str[1:].astype(int).between(7, 18)].reset_index(drop=True)
effects, tests = zip(study(whole, 99, "all"), study(part, 90, "twelve"))
write(sum(effects, []), "did_levels_expected.csv")
write(tests, "did_pre_trend_expected.csv")
write(series(), "its_levels_expected.csv")
write(funnels(), "funnel_levels_expected.csv")
write(curves(), "funnel_curves_expected.csv")
