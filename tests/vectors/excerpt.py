"""Makes the excerpts in the folders of this directory from the whole vectors.

    python excerpt.py WHOLE

WHOLE has a folder per set of vectors. What is small is taken whole; of the rest, whole areas,
patients or series, so that what is compared has all that it is computed from. Columns are as they
are, so that one statement serves both.
"""
import csv
import os
import sys


def all_rows(number, row):
    return True


def every(step):
    return lambda number, row: number % step == 0


def only(column, *values):
    return lambda number, row: row[column] in values


AREAS = ["MSOA%03d" % number for number in (1, 2, 5, 17, 40)]
BANDS = only("area", "W01", "W02", "W11", "W40")
EXCERPTS = {
    "poisson_ci/expected.csv": every(7),
    "phe_proportion/expected.csv": all_rows,
    "phe_proportion/expected_90_multiplier1.csv": all_rows,
    "phe_proportion/expected_grouped.csv": all_rows,
    "phe_proportion/input_grouped.csv": all_rows,
    "phe_rate/expected.csv": all_rows,
    "phe_rate/expected_99_per1000.csv": all_rows,
    "phe_mean/input.csv": all_rows,
    "phe_mean/expected.csv": all_rows,
    "phe_dsr/input.csv": all_rows,
    "phe_dsr/expected_by_area.csv": all_rows,
    "phe_dsr/expected_by_area_sex.csv": all_rows,
    "phe_dsr/expected_by_sex_99_per1000.csv": all_rows,
    "phe_dsr_nonindependent/input.csv": only("area", *AREAS),
    "phe_dsr_nonindependent/expected.csv": only("area", *AREAS),
    "phe_isr/input.csv": only("area", *AREAS),
    "phe_isr/expected_isratio_100.csv": only("area", *AREAS),
    "phe_isr/expected_israte_per100000.csv": only("area", *AREAS),
    "phe_quantile/input.csv": all_rows,
    "phe_quantile/expected.csv": every(5),
    "phe_life_expectancy/input.csv": BANDS,
    "phe_life_expectancy/expected.csv": BANDS,
    "phe_life_expectancy/input_edge.csv": all_rows,
    "phe_life_expectancy/expected_edge.csv": all_rows,
    "phe_sii/input.csv": all_rows,
    "phe_sii/expected.csv": all_rows,
    "funnel_proportion/input.csv": all_rows,
    "funnel_proportion/expected_limits.csv": all_rows,
    "funnel_proportion/expected_significance.csv": all_rows,
    "funnel_ratio/input.csv": all_rows,
    "funnel_ratio/expected_limits_isr.csv": all_rows,
    "funnel_ratio/expected_limits_count.csv": every(3),
    "funnel_ratio/expected_significance.csv": all_rows,
    "funnel_rate/input.csv": all_rows,
    "funnel_rate/expected_limits_crude_3y.csv": all_rows,
    "funnel_rate/expected_limits_dsr_1y.csv": every(3),
    "funnel_rate/expected_points_dsr_3y.csv": all_rows,
    "funnel_rate/expected_significance_crude.csv": all_rows,
    "funnel_rate/expected_significance_dsr.csv": all_rows,
    "funnel_overdispersion/input.csv": all_rows,
    "funnel_overdispersion/expected_phi_tau2.csv": all_rows,
    "funnel_overdispersion/expected_limits.csv": every(23),
    "forecast/input.csv": only("case", "series4"),
    "forecast/expected.csv": only("case", "series4"),
    "charlson/input.csv": lambda number, row: row["patient"] < "C0061",
    "charlson/expected.csv": lambda number, row: row["patient"] < "C0061",
    "hfrs/input.csv": lambda number, row: row["patient"] < "H0061",
    "hfrs/expected.csv": lambda number, row: row["patient"] < "H0061",
    "pyll/input.csv": all_rows,
    "pyll/expected.csv": all_rows,
    "variation/input.csv": all_rows,
    "variation/expected.csv": all_rows,
    "variation/expected_area.csv": all_rows,
    "risk_model_metrics/input.csv": all_rows,
    "risk_model_metrics/expected.csv": all_rows,
    "regression/input.csv": all_rows,
    "regression/expected.csv": all_rows,
    "interrupted_time_series/input.csv": all_rows,
    "interrupted_time_series/expected_coefficients.csv": all_rows,
    "interrupted_time_series/expected_counterfactual.csv": all_rows,
    "difference_in_differences/input.csv": all_rows,
    "difference_in_differences/expected.csv": all_rows,
}
for charted, rebased_on, few, fewer in (
    ("synthetic", "20221201", all_rows, only("series", "syn01", "syn05", "syn10", "syn15", "syn24")),
    ("ae_attendances", "20170901", only("series", "R1F", "R1K", "RA3"), only("series", "R1F")),
    ("ae_breaches", "20170901", only("series", "R1F", "R1K", "RA3"), only("series", "R1F")),
):
    EXCERPTS["spc_xmr/input_%s.csv" % charted] = few
    for case in ("screenTRUE_neutral", "assurance_increase", "assurance_decrease"):
        EXCERPTS["spc_xmr/expected_%s_%s.csv" % (charted, case)] = few
    for case in ("screenTRUE_increase", "screenTRUE_decrease", "screenFALSE_neutral",
                 "screenFALSE_increase", "screenFALSE_decrease", "fix12", "rebase_" + rebased_on):
        EXCERPTS["spc_xmr/expected_%s_%s.csv" % (charted, case)] = fewer

for path, is_kept in EXCERPTS.items():
    with open(os.path.join(sys.argv[1], path), newline="") as whole:
        rows = csv.DictReader(whole)
        kept = [row for number, row in enumerate(rows) if is_kept(number, row)]
        assert kept, path
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", newline="") as excerpt:
            writer = csv.DictWriter(excerpt, rows.fieldnames, lineterminator="\n")
            writer.writeheader()
            writer.writerows(kept)
