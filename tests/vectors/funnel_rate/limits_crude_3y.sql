--! function = "funnel_poisson_limits"
--! made_by = "PHEindicatormethods 2.1.0"
--! tolerance = 1e-5
--! tables = { e = "funnel_rate/expected_limits_crude_3y.csv" }
--! remark = "At one event the peer's bisection is too coarse; there the expected value is the exact one, `-ln(0.999)` events."

select
    "Events",
    r['ratio']['lower_95'] * baseline as lower_95, lower_2s_limit as lower_95_expected,
    r['ratio']['upper_95'] * baseline as upper_95, upper_2s_limit as upper_95_expected,
    r['ratio']['lower_998'] * baseline as lower_998, lower_3s_limit as lower_998_expected,
    r['ratio']['upper_998'] * baseline as upper_998, case when "Events" = 1 then baseline / -ln(0.999) else upper_3s_limit end as upper_998_expected,
    r['expected']['lower_95'] / baseline * 100000 / 3 as population_lower_95,
        lower_2s_population_1_year as population_lower_95_expected,
    r['expected']['upper_95'] / baseline * 100000 / 3 as population_upper_95,
        upper_2s_population_1_year as population_upper_95_expected,
    r['expected']['lower_998'] / baseline * 100000 / 3 as population_lower_998,
        lower_3s_population_1_year as population_lower_998_expected,
    r['expected']['upper_998'] / baseline * 100000 / 3 as population_upper_998,
        case when "Events" = 1 then -ln(0.999) / baseline * 100000 / 3 else upper_3s_population_1_year end as population_upper_998_expected
from (select *, funnel_poisson_limits("Events") as r from e) as e
