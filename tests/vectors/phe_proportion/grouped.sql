--! function = "proportion"
--! made_by = "PHEindicatormethods 2.1.0"
--! tolerance = 1e-9
--! tables = { input = "phe_proportion/input_grouped.csv", expected = "phe_proportion/expected_grouped.csv" }

select
    e.ward,
    r['value'] as value, e.value as value_expected,
    r['lower_95'] as lower_95, e.lower95_0cl as lower_95_expected,
    r['upper_95'] as upper_95, e.upper95_0cl as upper_95_expected,
    r['lower_998'] as lower_998, e.lower99_8cl as lower_998_expected,
    r['upper_998'] as upper_998, e.upper99_8cl as upper_998_expected,
    r['numerator'] as numerator, e.x as numerator_expected,
    r['denominator'] as denominator, e.n as denominator_expected,
    r['method'] as method, e.method as method_expected
from expected as e
left join (select ward, proportion(x, n) as r from input group by ward) as d on d.ward = e.ward
