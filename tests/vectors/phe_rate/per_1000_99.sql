--! function = "crude_rate"
--! made_by = "PHEindicatormethods 2.1.0"
--! tolerance = 1e-9
--! tables = { e = "phe_rate/expected_99_per1000.csv" }

select
    area,
    r['value'] as value, e.value as value_expected,
    r['lower'] as lower, e.lowercl as lower_expected,
    r['upper'] as upper, e.uppercl as upper_expected
from (select *, crude_rate(x, n, 1000, 99) as r from e) as e
