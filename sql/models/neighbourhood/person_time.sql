--! summary = "Each person's days at risk in each neighbourhood, age band and practice over the period that rates are about."
--! grain = ["person_id", "neighbourhood_code", "practice_code", "age_band"]
--! sensitivity = "person"
--! checks = ["unique(person_id, neighbourhood_code, practice_code, age_band)", "not_null(age_band)", "accepted_range(person_days, 1, 40000)"]

with

person_month as (
    select person_id, neighbourhood_code, practice_code, age_band, sex, days_at_risk
    from core.person_month
    where month >= $rate_from
        and month < $as_at
        and neighbourhood_code is not null
        and age_band is not null
)

select
    person_id,                       -- pseudonym
    neighbourhood_code,              -- where the person lived
    practice_code,                   -- whose list the person was on
    age_band,                        -- five-year band of the European Standard Population 2013
    min(sex) as sex,                 -- female, male, other
    sum(days_at_risk) as person_days -- days registered and alive
from person_month
group by person_id, neighbourhood_code, practice_code, age_band
