--! function = "forecast_accuracy"
--! made_by = "formulas in numpy"
--! tolerance = 1e-9
--! tables = { input = "ets_input.csv", expected = "ets_expected.csv" }

select
    e."case",
    r['mase'] as mase, e.naive_mase as mase_expected,
    r['mape'] as mape, e.naive_mape as mape_expected,
    r['coverage'] as coverage, 1.0 as coverage_expected
from (select distinct "case", naive_mase, naive_mape from expected) as e
left join (
    select "case", forecast_accuracy(t, y, naive, naive - 1e6, naive + 1e6) as r
    from input
    group by "case"
) as f on f."case" = e."case"
