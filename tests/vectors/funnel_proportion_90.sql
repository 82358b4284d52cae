--! function = "funnel_proportion"
--! made_by = "formulas in numpy"
--! tolerance = 1e-9
--! tables = { input = "funnel_overdispersion/input.csv", expected = "funnel_levels_expected.csv" }
--! remark = "Limits at 90 %, adjusted for over-dispersion."

select
    e.area,
    r['tau2'] as tau2, e.tau2 as tau2_expected,
    r['lower'] as lower, e.lower as lower_expected,
    r['upper'] as upper, e.upper as upper_expected
from expected as e
left join (
    select "group" as area, funnel_proportion(numerator, denominator, 1, 0.1, 90) over () as r
    from input
    where data_type = 'PR'
) as i on i.area = e.area
where e.function = 'funnel_proportion'
