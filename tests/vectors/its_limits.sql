--! function = "its"
--! made_by = "statsmodels 0.15.0, delta method in numpy"
--! tolerance = 1e-6
--! tables = { input = "interrupted_time_series/input.csv", expected = "its_expected_limits.csv" }
--! remark = "What was averted, with its limits, and the last period's counterfactual with its upper one."

with

fit as (
    select
        "case",
        'quasipoisson_harmonic' as model,
        its(t, y, post = 1, 'quasi_poisson', population, 1) as r
    from input
    group by "case"
    union all
    select
        "case",
        'poisson_plain_hac6' as model,
        its(t, y, post = 1, 'poisson', population, 0, 'newey_west', 6) as r
    from input
    group by "case"
    union all
    select "case", 'ols_harmonic' as model, its(t, rate, post = 1, 'ols', null, 1) as r
    from input
    group by "case"
)

select
    e."case",
    e.model,
    r['averted']['estimate'] as averted, e.averted as averted_expected,
    r['averted']['standard_error'] as standard_error, e.std_error as standard_error_expected,
    r['averted']['lower_95'] as lower_95, e.lower95 as lower_95_expected,
    r['points'][-1]['counterfactual'] as last, e.last as last_expected,
    r['points'][-1]['upper_95'] as last_upper_95, e.last_upper95 as last_upper_95_expected
from expected as e
left join fit on fit."case" = e."case" and fit.model = e.model
