--! function = "its"
--! made_by = "statsmodels 0.15.0"
--! tolerance = 1e-6
--! tables = { input = "interrupted_time_series/input.csv", expected = "interrupted_time_series/expected_counterfactual.csv" }

with

model as (
    select * from (values ('poisson_plain', 0), ('poisson_harmonic', 1)) as m(name, n_harmonics)
),

fit as (
    select
        i."case",
        m.name,
        its(i.t, i.y, i.post = 1, 'poisson', i.population, m.n_harmonics) as r,
        its(i.t, i.rate, i.post = 1, 'ols', null, m.n_harmonics) as o
    from input as i
    cross join model as m
    group by i."case", m.name
)

select
    e."case",
    e.model,
    r['observed'] as observed, e.observed_post as observed_expected,
    r['counterfactual'] as counterfactual, e.counterfactual_post as counterfactual_expected,
    r['averted']['estimate'] as averted, e.averted as averted_expected,
    r['percent_change'] as percent_change, e.percent_change as percent_change_expected,
    r['dispersion'] as dispersion, e.dispersion as dispersion_expected,
    o['durbin_watson'] as durbin_watson, e.durbin_watson_ols as durbin_watson_expected
from expected as e
left join fit on fit."case" = e."case" and fit.name = e.model
