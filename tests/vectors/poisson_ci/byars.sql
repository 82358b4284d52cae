--! function = "byars"
--! made_by = "PHEindicatormethods 2.1.0"
--! tolerance = 1e-9
--! tables = { e = "poisson_ci/expected.csv" }

select
    x,
    byars(x)['lower_95'] as lower_95, byars_lower as lower_95_expected,
    byars(x)['upper_95'] as upper_95, byars_upper as upper_95_expected
from e
where confidence = 0.95
