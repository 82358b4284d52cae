"""Makes ets_input.csv and ets_expected.csv of this directory.

    python ets.py FORECAST_INPUT FORECAST_EXPECTED

The first argument is a table of series (case, t, y), of which the last 12 points are held back; the
second names forecasts of them by fixed Holt-Winters and by the same month a year before, with their
MASE and MAPE (textbook formulas in numpy). Likelihoods are those of statsmodels 0.15.0, ETSModel,
the best of several starts; parameters are counted as Hyndman does (smoothing, start, variance).
"""
import sys
import warnings

import numpy as np
import pandas as pd
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

warnings.simplefilter("ignore")
FORMS = {
    "ETS(A,N,N)": (None, False, None, 1, 1), "ETS(A,A,N)": ("add", False, None, 2, 2),
    "ETS(A,Ad,N)": ("add", True, None, 3, 2), "ETS(A,N,A)": (None, False, "add", 2, 12),
    "ETS(A,A,A)": ("add", False, "add", 3, 13), "ETS(A,Ad,A)": ("add", True, "add", 4, 13),
}
SOURCE = "statsmodels 0.15.0 ETSModel, ets.py"


def fitted(y, trend, damped, seasonal):
    model = ETSModel(pd.Series(y, dtype=float), error="add", trend=trend, damped_trend=damped,
                     seasonal=seasonal, seasonal_periods=12 if seasonal else None)
    best = model.fit(disp=False, maxiter=3000)
    for alpha in (0.02, 0.15, 0.5, 0.9):
        start = best.params.copy()
        names = list(model.param_names)
        start[names.index("smoothing_level")] = alpha
        for name, value in (("smoothing_trend", alpha / 5), ("smoothing_seasonal", (1 - alpha) / 8)):
            if name in names:
                start[names.index(name)] = value
        again = model.fit(start_params=start, disp=False, maxiter=3000)
        if again.llf > best.llf:
            best = again
    return best


series = pd.read_csv(sys.argv[1])
peer = pd.read_csv(sys.argv[2])
held_back = series.groupby("case")["t"].transform("max") - 12 < series["t"]
naive = peer[peer["method"] == "seasonal_naive"][["case", "h", "forecast"]]
first = series[held_back].groupby("case")["t"].min().rename("first").reset_index()
naive = naive.merge(first, on="case").assign(t=lambda rows: rows["first"] + rows["h"].astype(int) - 1)
table = series.merge(naive[["case", "t", "forecast"]], on=["case", "t"], how="left")
table.rename(columns={"forecast": "naive"}).assign(source=SOURCE).to_csv("ets_input.csv", index=False)

rows = []
for case, group in series[~held_back].groupby("case"):
    y = group.sort_values("t")["y"].to_numpy()
    for name, (trend, damped, seasonal, n_smoothing, n_start) in FORMS.items():
        fit = fitted(y, trend, damped, seasonal)
        k = n_smoothing + n_start + 1
        aicc = 2 * k - 2 * fit.llf + 2 * k * (k + 1) / (len(y) - k - 1)
        ahead = np.asarray(fit.forecast(12))
        rows.append((case, name, fit.llf, aicc, ahead[0], ahead[11]))
result = pd.DataFrame(rows, columns=["case", "model", "log_likelihood", "aicc", "first", "last"])
for measure in ("MASE", "MAPE"):
    measures = peer[peer["method"] == f"seasonal_naive:{measure}"].set_index("case")["forecast"]
    result[f"naive_{measure.lower()}"] = result["case"].map(measures)
result.assign(source=SOURCE).to_csv("ets_expected.csv", index=False)
