--! function = "entropy_balance"
--! made_by = "a root of the moment conditions by scipy 1.17.1"
--! tolerance = 1e-9
--! remark = "Of two numbers and a flag: means, and means and variances."
--! tables = { input = "entropy_input.csv", expected = "entropy_expected.csv" }

with

fit as (
    select 1 as n_moments, entropy_balance(person, is_case, [age, admissions, is_male]) as r from input
    union all
    select 2 as n_moments, entropy_balance(person, is_case, [age, admissions, is_male], 2) as r from input
),

weighed as (
    select n_moments, r['effective'] as effective, unnest(r['weights']) as w from fit
)

select
    e.n_moments,
    e.person,
    w['weight'] as weight, e.weight as weight_expected,
    f.effective as effective, e.effective as effective_expected
from expected as e
left join weighed as f on f.n_moments = e.n_moments and w['person_key'] = e.person
