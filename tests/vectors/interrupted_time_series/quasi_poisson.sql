--! function = "quasi_poisson"
--! made_by = "statsmodels 0.15.0"
--! tolerance = 1e-6
--! tables = { input = "interrupted_time_series/input.csv", expected = "interrupted_time_series/expected_coefficients.csv" }

with

term as (
    select *
    from (values (0, 'intercept'), (1, 't'), (2, 'post'), (3, 'time_since')) as t(at, name)
),

fit as (
    select "case", unnest(quasi_poisson(y, [t, post, time_since], population)['terms']) as r
    from input
    group by "case"
)

select
    e."case",
    e.term,
    r['estimate'] as estimate, e.estimate as estimate_expected,
    r['standard_error'] as standard_error, e.std_error as standard_error_expected,
    r['lower_95'] as lower_95, e.lower95 as lower_95_expected,
    r['upper_95'] as upper_95, e.upper95 as upper_95_expected
from expected as e
left join term on term.name = e.term
left join fit on fit."case" = e."case" and fit.r['term'] = term.at
where e.model = 'quasipoisson_plain'
