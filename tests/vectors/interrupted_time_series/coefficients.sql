--! function = "its"
--! made_by = "statsmodels 0.15.0"
--! tolerance = 1e-6
--! tables = { input = "interrupted_time_series/input.csv", expected = "interrupted_time_series/expected_coefficients.csv" }
--! remark = "Least squares, Poisson and quasi-Poisson, with and without a season, and errors by Newey and West."

with

model as (
    select *
    from (
        values ('ols_plain', 'ols', 0, 'model', null),
               ('ols_plain_hac1', 'ols', 0, 'newey_west', 1),
               ('ols_plain_hac6', 'ols', 0, 'newey_west', 6),
               ('ols_harmonic', 'ols', 1, 'model', null),
               ('ols_harmonic_hac1', 'ols', 1, 'newey_west', 1),
               ('ols_harmonic_hac6', 'ols', 1, 'newey_west', 6),
               ('poisson_plain', 'poisson', 0, 'model', null),
               ('poisson_plain_hac6', 'poisson', 0, 'newey_west', 6),
               ('poisson_harmonic', 'poisson', 1, 'model', null),
               ('poisson_harmonic_hac6', 'poisson', 1, 'newey_west', 6),
               ('quasipoisson_plain', 'quasi_poisson', 0, 'model', null),
               ('quasipoisson_harmonic', 'quasi_poisson', 1, 'model', null)
    ) as m(name, kind, n_harmonics, errors, lag)
),

term as (
    select *
    from (
        values ('constant', 'intercept'), ('trend', 't'), ('level_change', 'post'),
               ('slope_change', 'time_since'), ('cos_1', 'cos12'), ('sin_1', 'sin12')
    ) as t(ours, theirs)
),

fit as (
    select
        i."case",
        m.name,
        unnest(its(
            i.t,
            case when m.kind = 'ols' then i.rate else i.y end,
            i.post = 1,
            m.kind,
            case when m.kind = 'ols' then null else i.population end,
            m.n_harmonics,
            m.errors,
            m.lag
        )['terms']) as r
    from input as i
    cross join model as m
    group by i."case", m.name
)

select
    e."case",
    e.model,
    e.term,
    r['estimate'] as estimate, e.estimate as estimate_expected,
    r['standard_error'] as standard_error, e.std_error as standard_error_expected,
    r['lower_95'] as lower_95, e.lower95 as lower_95_expected,
    r['upper_95'] as upper_95, e.upper95 as upper_95_expected
from expected as e
left join term on term.theirs = e.term
left join fit on fit."case" = e."case" and fit.name = e.model and fit.r['term'] = term.ours
