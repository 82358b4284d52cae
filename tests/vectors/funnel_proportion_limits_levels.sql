--! function = "funnel_proportion_limits"
--! made_by = "formulas in scipy 1.17.1"
--! tolerance = 1e-9
--! tables = { e = "funnel_curves_expected.csv" }
--! remark = "Limits at 90 % and 99 %."

select
    level,
    kind,
    size,
    r['lower'] as lower, e.lower as lower_expected,
    r['upper'] as upper, e.upper as upper_expected
from (
    select *, funnel_proportion_limits(baseline, size, per, level) as r
    from e
    where function = 'funnel_proportion_limits'
) as e
