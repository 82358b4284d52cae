--! function = "funnel_poisson_limits"
--! made_by = "PHEindicatormethods 2.1.0"
--! tolerance = 1e-5
--! tables = { e = "funnel_ratio/expected_limits_count.csv" }
--! remark = "At one event the peer's bisection is too coarse; there the expected value is the exact one, `-ln(0.999)` events."

select
    "Observed_events",
    r['ratio']['lower_95'] - 1 as lower_95, lower_2s_limit as lower_95_expected,
    r['ratio']['upper_95'] - 1 as upper_95, upper_2s_limit as upper_95_expected,
    r['ratio']['lower_998'] - 1 as lower_998, lower_3s_limit as lower_998_expected,
    r['ratio']['upper_998'] - 1 as upper_998, case when "Observed_events" = 1 then 1 / -ln(0.999) - 1 else upper_3s_limit end as upper_998_expected,
    r['expected']['lower_95'] as events_lower_95, lower_2s_exp_events as events_lower_95_expected,
    r['expected']['upper_95'] as events_upper_95, upper_2s_exp_events as events_upper_95_expected,
    r['expected']['lower_998'] as events_lower_998, lower_3s_exp_events as events_lower_998_expected,
    r['expected']['upper_998'] as events_upper_998, case when "Observed_events" = 1 then -ln(0.999) else upper_3s_exp_events end as events_upper_998_expected
from (select *, funnel_poisson_limits("Observed_events") as r from e) as e
