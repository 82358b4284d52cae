--! function = "its"
--! made_by = "statsmodels 0.15.0"
--! tolerance = 1e-6
--! tables = { input = "interrupted_time_series/input.csv", expected = "its_levels_expected.csv" }
--! remark = "Limits at 90 %."

with

fit as (
    select
        "case",
        'ols' as model,
        its(t, rate, post = 1, 'ols', null, 0, 'model', null, 90) as r
    from input
    group by "case"
    union all
    select
        "case",
        'quasi_poisson' as model,
        its(t, y, post = 1, 'quasi_poisson', population, 0, 'model', null, 90) as r
    from input
    group by "case"
)

select
    e."case",
    e.model,
    r['level_change']['lower'] as level_lower, e.level_lower as level_lower_expected,
    r['level_change']['upper'] as level_upper, e.level_upper as level_upper_expected,
    r['slope_change']['lower'] as slope_lower, e.slope_lower as slope_lower_expected,
    r['slope_change']['upper'] as slope_upper, e.slope_upper as slope_upper_expected,
    r['points'][-1]['lower'] as last_lower, e.last_lower as last_lower_expected,
    r['points'][-1]['upper'] as last_upper, e.last_upper as last_upper_expected
from expected as e
left join fit on fit."case" = e."case" and fit.model = e.model
