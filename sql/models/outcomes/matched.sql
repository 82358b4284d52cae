--! summary = "Controls matched to the cases of each evaluation: up to three each, alike on its first day in age, sex, deprivation and urgent care in the year before."
--! grain = ["evaluation", "person_id"]
--! sensitivity = "person"
--! checks = ["unique(evaluation, person_id)", "accepted_range(n_rank, 1, 3)"]

-- What comes after the first day is not looked at, and the outcome before the index date neither: whoever is
-- matched on it comes down to his mean afterwards. Who lacks one of the covariates is in no pair.

with

urgent as (
    select person_id, count(*) as n_urgent
    from core.activity
    where counts_as in ('emergency_admission', 'a_and_e_attendance')
        and started_on >= $evaluation_from - interval '1 year'
        and started_on < $evaluation_from
        and person_id is not null
    group by person_id
),

described as (
    select
        cohort.evaluation, cohort.person_id, cohort.arm = 'case' as is_case,
        person_month.age_years, case when person_month.sex = 'female' then 1 else 0 end as is_female,
        person_month.imd_quintile_city, coalesce(urgent.n_urgent, 0) as n_urgent
    from outcomes.cohort as cohort
    inner join core.person_month as person_month -- many to one
        on cohort.person_id = person_month.person_id
        and person_month.month = cast(date_trunc('month', $evaluation_from) as date)
    left join urgent on cohort.person_id = urgent.person_id -- many to one
    where person_month.sex is not null
        and person_month.age_years is not null
        and person_month.imd_quintile_city is not null
),

paired as (
    select
        evaluation,
        unnest(matched_controls(person_id, is_case, [age_years, is_female, imd_quintile_city, n_urgent], 'propensity', 0.2, 3)['pairs']) as pair
    from described
    group by evaluation
)

select
    evaluation,                               -- the evaluation
    pair['control_key'] as person_id,         -- pseudonym of the control
    pair['case_key'] as case_person_id,       -- pseudonym of the case
    pair['rank'] as n_rank,                   -- first, second or third control of the case
    pair['distance'] as distance              -- of log odds of the propensity score
from paired
