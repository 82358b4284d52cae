--! summary = "Who was registered in the city and alive on the as-at date and on the day a year before: whom risk is about."
--! grain = ["as_of_on", "person_id"]
--! sensitivity = "person"
--! checks = ["unique(as_of_on, person_id)", "not_null(practice_code)", "accepted_range(age_years, 0, 125)"]

with

as_of as (
    select $as_at as as_of_on
    union all
    select $as_at - interval '1 year' as as_of_on
),

person as (
    select person_id, sex, birth_month, died_on from core.person where birth_month is not null
),

registration as (
    select person_id, practice_code, from_on, to_on from core.registration where is_city_practice
),

residence as (
    select person_id, lsoa_code, is_care_home, from_on, to_on from core.residence
),

lsoa as (
    select
        lsoa_code, cast(imd_decile_england as bigint) as imd_decile_england,
        cast(imd_quintile_city as bigint) as imd_quintile_city
    from reference.lsoa
),

registered as (
    select registration.person_id, registration.practice_code, as_of.as_of_on
    from registration
    inner join as_of -- many to many: a registration may hold on both days
        on registration.from_on <= as_of.as_of_on
        and (registration.to_on is null or registration.to_on > as_of.as_of_on)
)

select
    registered.as_of_on,                                    -- the day that the person is seen on
    registered.person_id,                                   -- pseudonym
    registered.practice_code,                               -- practice on that day
    person.sex,                                             -- female, male, other
    cast((date_part('year', registered.as_of_on) * 12 + date_part('month', registered.as_of_on)
        - date_part('year', person.birth_month) * 12 - date_part('month', person.birth_month)) / 12 as int) as age_years, -- completed years on that day, by month of birth
    residence.lsoa_code,                                    -- small area on that day; null if unknown
    lsoa.imd_decile_england,                                -- deprivation tenth within England, 1 the most deprived
    lsoa.imd_quintile_city,                                 -- deprivation fifth within the city, 1 the most deprived
    coalesce(residence.is_care_home, false) as is_care_home -- whether the address was a care home
from registered
inner join person on registered.person_id = person.person_id -- many to one
left join residence -- many to one: a person's residences do not overlap
    on registered.person_id = residence.person_id
    and residence.from_on <= registered.as_of_on
    and (residence.to_on is null or residence.to_on > registered.as_of_on)
left join lsoa on residence.lsoa_code = lsoa.lsoa_code -- many to one
where person.birth_month <= registered.as_of_on
    and (person.died_on is null or person.died_on > registered.as_of_on)
