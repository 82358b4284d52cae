--! function = "crude_rate"
--! made_by = "PHEindicatormethods 2.1.0"
--! tolerance = 1e-9
--! tables = { e = "phe_rate/expected.csv" }

select
    area,
    r['value'] as value, e.value as value_expected,
    r['lower_95'] as lower_95, e.lower95_0cl as lower_95_expected,
    r['upper_95'] as upper_95, e.upper95_0cl as upper_95_expected,
    r['lower_998'] as lower_998, e.lower99_8cl as lower_998_expected,
    r['upper_998'] as upper_998, e.upper99_8cl as upper_998_expected,
    r['method'] as method, rtrim(e.method, 's') as method_expected
from (select *, crude_rate(x, n, 100000) as r from e) as e
