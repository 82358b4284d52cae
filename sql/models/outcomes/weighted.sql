--! summary = "Weights of the controls of each evaluation under which they are, on its first day, what its cases are on average in age, sex, deprivation and urgent care in the year before (entropy balancing)."
--! grain = ["evaluation", "person_id"]
--! sensitivity = "person"
--! checks = ["unique(evaluation, person_id)", "accepted_range(weight, 0, 100000000)"]

with

described as (
    select evaluation, person_id, arm = 'case' as is_case, age_years, is_female, imd_quintile_city, n_urgent
    from outcomes.covariate
),

weighed as (
    select
        evaluation,
        unnest(entropy_balance(person_id, is_case, [age_years, is_female, imd_quintile_city, n_urgent])['weights']) as control
    from described
    group by evaluation
)

select
    evaluation,                         -- the evaluation
    control['person_key'] as person_id, -- pseudonym of the control
    control['weight'] as weight         -- what the control weighs; all of an evaluation together as much as there are cases
from weighed
