"""Makes its_expected_limits, did_expected_gaps and did_expected_t with statsmodels 0.15.0.

    python evaluation.py

Reads the inputs of interrupted_time_series and difference_in_differences, of which it keeps the rows
that did_gaps.sql keeps.
"""
import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf

SOURCE = "statsmodels 0.15.0, evaluation.py"


def design(series, n_harmonics):
    columns = {"t": series.t, "post": series.post, "time_since": series.time_since}
    for j in range(1, n_harmonics + 1):
        columns[f"cos{j}"] = np.cos(2 * np.pi * j * series.t / 12)
        columns[f"sin{j}"] = np.sin(2 * np.pi * j * series.t / 12)
    return sm.add_constant(pd.DataFrame(columns))


def limits(case, series):
    after = (series.post == 1).to_numpy()
    for model, n_harmonics in (("quasipoisson_harmonic", 1), ("poisson_plain_hac6", 0), ("ols_harmonic", 1)):
        x = design(series, n_harmonics)
        without = x.assign(post=0, time_since=0)
        offset = np.log(series.population)
        if model == "ols_harmonic":
            fit = sm.OLS(series.rate, x).fit()
            expected, gradient = without @ fit.params, without - x
            averted = expected[after].sum() - series.rate[after].sum()
        else:
            glm = sm.GLM(series.y, x, family=sm.families.Poisson(), offset=offset)
            if model.startswith("quasi"):
                fit = glm.fit(scale="X2", tol=1e-13)
            else:
                fit = glm.fit(cov_type="HAC", cov_kwds={"maxlags": 6, "use_correction": False}, tol=1e-13)
            expected = np.exp(without @ fit.params + offset)
            gradient = without.mul(expected, axis=0) - x.mul(np.exp(x @ fit.params + offset), axis=0)
            averted = expected[after].sum() - series.y[after].sum()
        total = gradient[after].sum().to_numpy()
        error = np.sqrt(total @ fit.cov_params().to_numpy() @ total)
        z = -fit.t_test(np.eye(1, len(fit.params))).conf_int()[0, 0]
        z = (fit.params.iloc[0] + z) / fit.bse.iloc[0]
        last = without.iloc[[-1]]
        if model == "ols_harmonic":
            upper = fit.get_prediction(last).conf_int()[0, 1]
        else:
            upper = fit.get_prediction(last, offset=offset.iloc[[-1]]).conf_int()[0, 1]
        yield {"case": case, "model": model, "averted": averted, "std_error": error,
               "lower95": averted - z * error, "last": expected.iloc[-1], "last_upper95": upper}


def gaps():
    panel = pd.read_csv("difference_in_differences/input.csv")
    number = panel.unit.str[1:].astype(int)
    panel = panel[(panel.period * 7 + number * 3) % 5 > 0]
    groups = {"groups": panel.unit.astype("category").cat.codes}
    fit = smf.ols("y ~ did + C(unit) + C(period)", panel).fit(cov_type="cluster", cov_kwds=groups)
    return {"estimate": fit.params["did"], "std_error": fit.bse["did"]}


def few_clusters():
    """Of six treated units and six others, by Student's t with 11 degrees of freedom."""
    panel = pd.read_csv("difference_in_differences/input.csv")
    panel = panel[panel.unit.str[1:].astype(int).between(7, 18)].reset_index(drop=True)
    kind = {"cov_type": "cluster", "use_t": True, "cov_kwds": {"groups": panel.unit.astype("category").cat.codes}}
    two = "treated + post + did"
    poisson = sm.GLM.from_formula("events ~ " + two, panel, family=sm.families.Poisson())
    leads = [period for period in sorted(panel.period.unique()) if period != 7]
    for period in leads:
        panel[f"lead{period}"] = panel.treated * (panel.period == period)
    study = " + ".join(f"lead{period}" for period in leads) + " + C(unit) + C(period)"
    for model, fit, terms in (
        ("ols_2x2_cluster_unit", smf.ols("y ~ " + two, panel).fit(**kind), ["did"]),
        ("poisson_2x2_cluster_unit", poisson.fit(tol=1e-13, **kind), ["did"]),
        ("twfe_cluster_unit", smf.ols("y ~ did + C(unit) + C(period)", panel).fit(**kind), ["did"]),
        ("event_study_ref_period7_cluster_unit", smf.ols("y ~ " + study, panel).fit(**kind),
         [f"lead{period}" for period in leads]),
    ):
        for term in terms:
            low, high = fit.conf_int().loc[term]
            yield {"model": model, "term": term, "estimate": fit.params[term], "std_error": fit.bse[term],
                   "lower95": low, "upper95": high, "p_value": fit.pvalues[term]}


rows = [row for case, series in pd.read_csv("interrupted_time_series/input.csv").groupby("case")
        for row in limits(case, series.reset_index(drop=True))]
pd.DataFrame(rows).assign(source=SOURCE).to_csv("its_expected_limits.csv", index=False)
pd.DataFrame([gaps()]).assign(source=SOURCE).to_csv("did_expected_gaps.csv", index=False)
pd.DataFrame(few_clusters()).assign(source=SOURCE).to_csv("did_expected_t.csv", index=False)
