--! summary = "What each member of an evaluation was like on its first day: what controls are matched and weighted by."
--! grain = ["evaluation", "person_id"]
--! sensitivity = "person"
--! checks = ["unique(evaluation, person_id)", "one_of(arm, 'case', 'control')", "not_null(imd_quintile_city)"]

-- What comes after the first day is not looked at. Urgent care of the year before is, since people were chosen
-- by it; it overlaps the months that count as before, so who is matched or weighted by it comes down to his mean
-- afterwards as cases do or not: all controls say what comes out without it. Who lacks a covariate is not here.

with

urgent as (
    select person_id, count(*) as n_urgent
    from core.activity
    where counts_as in ('emergency_admission', 'a_and_e_attendance')
        and started_on >= $evaluation_from - interval '1 year'
        and started_on < $evaluation_from
        and person_id is not null
    group by person_id
)

select
    cohort.evaluation,                                                    -- the evaluation
    cohort.person_id,                                                     -- pseudonym
    cohort.arm,                                                           -- case or control
    person_month.age_years,                                               -- completed years
    case when person_month.sex = 'female' then 1 else 0 end as is_female, -- 1: female
    person_month.imd_quintile_city,                                       -- deprivation fifth within the city, 1 the most deprived
    coalesce(urgent.n_urgent, 0) as n_urgent                              -- emergency admissions and A&E attendances of the year before
from outcomes.cohort as cohort
inner join core.person_month as person_month -- many to one
    on cohort.person_id = person_month.person_id
    and person_month.month = cast(date_trunc('month', $evaluation_from) as date)
left join urgent on cohort.person_id = urgent.person_id -- many to one
where person_month.sex is not null
    and person_month.age_years is not null
    and person_month.imd_quintile_city is not null
