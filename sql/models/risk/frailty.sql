--! summary = "Each registered person's Hospital Frailty Risk Score: at 75 and over with an emergency admission, otherwise null with the reason."
--! grain = ["person_id"]
--! sensitivity = "person"
--! checks = ["unique(person_id)", "one_of(category, 'Low', 'Intermediate', 'High')", "select person_id from risk.frailty where (score is null) <> (reason is not null)", "select person_id from risk.frailty where score is not null and age_years < 75"]

with

population as (
    select person_id, age_years from risk.population where as_of_on = $as_at
),

emergency as (
    select person_id, count(*) as n_emergency
    from core.continuous_spell
    where is_emergency
        and admitted_on >= $as_at - cast(concat($frailty_lookback_years, ' years') as interval)
        and admitted_on < $as_at
    group by person_id
),

diagnosis as (
    select person_id, code
    from base.apc_diagnosis
    where admitted_on >= $as_at - cast(concat($frailty_lookback_years, ' years') as interval)
        and admitted_on < $as_at
),

coded as (
    select person_id, array_agg(distinct code order by code) as codes
    from diagnosis
    where code is not null
    group by person_id
),

scored as (
    select
        population.person_id, population.age_years,
        hfrs(
            coalesce(coded.codes, make_array(cast(null as varchar))), population.age_years,
            emergency.n_emergency is not null
        ) as frailty
    from population
    left join emergency on population.person_id = emergency.person_id -- one to one: emergency is grouped by person
    left join coded on population.person_id = coded.person_id -- one to one: coded is grouped by person
)

select
    person_id,                                -- pseudonym
    age_years,                                -- completed years on the as-at date
    frailty['score'] as score,                -- points; null where the score was not validated
    frailty['category'] as category,          -- Low below 5, Intermediate to 15, High above
    frailty['reason'] as reason,              -- why there is no score
    $frailty_lookback_years as lookback_years -- years of admissions
from scored
