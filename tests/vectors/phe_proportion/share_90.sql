--! function = "wilson"
--! made_by = "PHEindicatormethods 2.1.0"
--! tolerance = 1e-9
--! tables = { e = "phe_proportion/expected_90_multiplier1.csv" }

select
    area,
    r['value'] as value, e.value as value_expected,
    r['lower'] as lower, e.lowercl as lower_expected,
    r['upper'] as upper, e.uppercl as upper_expected
from (select *, wilson(x, n, 1, 90) as r from e) as e
