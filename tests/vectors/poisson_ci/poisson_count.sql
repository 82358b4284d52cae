--! function = "poisson_count"
--! made_by = "PHEindicatormethods 2.1.0"
--! tolerance = 1e-9
--! tables = { e = "poisson_ci/expected.csv" }

select
    x,
    poisson_count(x)['lower_95'] as lower_95, phe_lower as lower_95_expected,
    poisson_count(x)['upper_95'] as upper_95, phe_upper as upper_95_expected
from e
where confidence = 0.95
