--! function = "funnel_proportion_limits"
--! made_by = "PHEindicatormethods 2.1.0"
--! tolerance = 1e-9
--! tables = { e = "funnel_proportion/expected_limits.csv" }

select
    "Population",
    r['lower_95'] as lower_95, lower_2s_limit as lower_95_expected,
    r['upper_95'] as upper_95, upper_2s_limit as upper_95_expected,
    r['lower_998'] as lower_998, lower_3s_limit as lower_998_expected,
    r['upper_998'] as upper_998, upper_3s_limit as upper_998_expected
from (select *, funnel_proportion_limits(baseline, "Population", 100) as r from e) as e
