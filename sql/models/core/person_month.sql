--! summary = "The days of each month on which a person was registered in the city and alive: the denominators."
--! grain = ["person_id", "month"]
--! sensitivity = "person"
--! checks = ["unique(person_id, month)", "accepted_range(days_at_risk, 1, 31)", "not_null(practice_code)", "relationship(person_id, core.person.person_id)"]

-- Who is registered from the day of birth on has the first of that month as first day, since no
-- birth date is kept. Their time counts from the middle of the month: on average that is right,
-- where counting from the first would give every newborn half a month before birth.

with

person as (
    select person_id, sex, birth_month, died_on from core.person
),

registration as (
    select
        registration.person_id, registration.practice_code,
        greatest(
            case
                when registration.from_on = person.birth_month then cast(person.birth_month + interval '15 days' as date)
                else registration.from_on
            end,
            $data_from
        ) as from_on,
        -- `least` skips nulls: open registrations run to the as-at date; the day of death is not lived to its end
        least(registration.to_on, person.died_on, $as_at) as to_on
    from core.registration as registration
    inner join person on registration.person_id = person.person_id -- many to one
    where registration.is_city_practice
),

registered_month as (
    select
        person_id, practice_code, from_on, to_on,
        unnest(generate_series(cast(date_trunc('month', from_on) as date), to_on - 1, interval '1 month')) as month
    from registration
    where from_on < to_on
),

at_risk as (
    select
        person_id, month,
        min(greatest(from_on, month)) as first_day_on,
        sum(least(to_on, cast(month + interval '1 month' as date)) - greatest(from_on, month)) as days_at_risk,
        first_value(practice_code order by from_on, practice_code) as practice_code
    from registered_month
    group by person_id, month
),

residence as (
    select person_id, lsoa_code, is_care_home, from_on, to_on from core.residence
),

lsoa as (
    select lsoa_code, neighbourhood_code, cast(imd_quintile_city as bigint) as imd_quintile_city from reference.lsoa
),

placed as (
    select
        at_risk.person_id, at_risk.month, at_risk.days_at_risk, at_risk.practice_code,
        residence.lsoa_code, lsoa.neighbourhood_code, lsoa.imd_quintile_city,
        coalesce(residence.is_care_home, false) as is_care_home, person.sex,
        cast((date_part('year', at_risk.month) * 12 + date_part('month', at_risk.month)
            - date_part('year', person.birth_month) * 12 - date_part('month', person.birth_month)) / 12 as int)
            as age_years
    from at_risk
    inner join person on at_risk.person_id = person.person_id -- many to one
    left join residence -- many to one: a person's residences do not overlap
        on at_risk.person_id = residence.person_id
        and residence.from_on <= at_risk.first_day_on
        and (residence.to_on is null or residence.to_on > at_risk.first_day_on)
    left join lsoa on residence.lsoa_code = lsoa.lsoa_code -- many to one
)

select
    person_id,          -- pseudonym
    month,              -- first day of the month
    days_at_risk,       -- days registered in the city and alive, within the data
    practice_code,      -- practice on the first of those days
    lsoa_code,          -- small area on the first of those days
    neighbourhood_code, -- neighbourhood on the first of those days; null outside the city
    imd_quintile_city,  -- deprivation fifth within the city, 1 the most deprived
    is_care_home,       -- whether the address was a care home
    sex,                -- female, male, other
    age_years,          -- completed years on the first of the month, by month of birth
    case
        when age_years >= 90 then '90+'
        when age_years >= 0 then concat(age_years / 5 * 5, '-', age_years / 5 * 5 + 4)
    end as age_band     -- five-year band of the European Standard Population 2013
from placed
