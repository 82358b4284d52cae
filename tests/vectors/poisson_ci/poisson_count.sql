--! function = "poisson_count"
--! made_by = "PHEindicatormethods 2.1.0"
--! tolerance = 1e-9
--! tables = { e = "poisson_ci/expected.csv" }

select
    x,
    confidence,
    r['lower'] as lower, phe_lower as lower_expected,
    r['upper'] as upper, phe_upper as upper_expected
from (select *, poisson_count(x, round(confidence * 100, 1)) as r from e) as e
