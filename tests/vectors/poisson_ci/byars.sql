--! function = "byars"
--! made_by = "PHEindicatormethods 2.1.0"
--! tolerance = 1e-9
--! tables = { e = "poisson_ci/expected.csv" }

select
    x,
    confidence,
    r['lower'] as lower, byars_lower as lower_expected,
    r['upper'] as upper, byars_upper as upper_expected
from (select *, byars(x, round(confidence * 100, 1)) as r from e) as e
