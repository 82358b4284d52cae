--! summary = "What the admission model knows of each person on the as-at date and a year before: one list of numbers in a fixed order."
--! grain = ["as_of_on", "person_id"]
--! sensitivity = "person"
--! checks = ["unique(as_of_on, person_id)", "not_null(features)"]

with

person as (
    select
        population.as_of_on, population.person_id, population.practice_code, population.sex, population.age_years,
        population.imd_quintile_city, population.is_care_home,
        cast(population.age_years as double) as age,
        -- an unknown area counts as average
        cast(coalesce(population.imd_decile_england, 5) as double) as imd_decile
    from risk.population as population
),

condition as (
    select
        as_of_on, person_id, has_diabetes, has_copd, has_coronary_heart_disease, has_heart_failure, has_stroke,
        has_kidney_disease, has_dementia, has_depression, has_severe_mental_illness, has_cancer, has_asthma, n_long_term
    from risk.condition
),

use as (
    select as_of_on, person_id, n_emergency, n_a_and_e from risk.use
)

select
    person.as_of_on,          -- the day that the person is seen on
    person.person_id,         -- pseudonym
    person.practice_code,     -- practice on that day
    person.sex,               -- female, male, other
    person.age_years,         -- completed years on that day
    person.imd_quintile_city, -- deprivation fifth within the city, 1 the most deprived
    make_array(
        -- age: level and slope change where emergency admission rates do
        case when person.age < 5 then 1.0 else 0.0 end,
        case when person.age >= 5 and person.age < 15 then 1.0 else 0.0 end,
        greatest(person.age - 35, 0.0) / 10,
        case when person.age >= 65 then 1.0 else 0.0 end,
        case when person.age >= 80 then 1.0 else 0.0 end,
        case when person.sex = 'female' then 1.0 else 0.0 end,
        5.5 - person.imd_decile,
        cast(person.is_care_home as double),
        cast(condition.has_diabetes as double),
        cast(condition.has_copd as double),
        cast(condition.has_coronary_heart_disease as double),
        cast(condition.has_heart_failure as double),
        cast(condition.has_stroke as double),
        cast(condition.has_kidney_disease as double),
        cast(condition.has_dementia as double),
        cast(condition.has_depression as double),
        cast(condition.has_severe_mental_illness as double),
        cast(condition.has_cancer as double),
        cast(condition.has_asthma as double),
        ln(1.0 + use.n_emergency),
        ln(1.0 + use.n_a_and_e)
    ) as features             -- age under 5, 5–14, decades over 35, 65+, 80+, female, deprivation, care home, eleven conditions, log of 1 + admissions and of 1 + attendances in the year before
from person
inner join condition on person.person_id = condition.person_id and person.as_of_on = condition.as_of_on -- one to one
inner join use on person.person_id = use.person_id and person.as_of_on = use.as_of_on -- one to one
