--! summary = "Where each registered person lived from when to when, as the registration list knows it."
--! grain = ["person_id", "from_on"]
--! sensitivity = "person"
--! checks = ["unique(person_id, from_on)", "select person_id from core.residence where to_on <= from_on"]

with

line as (
    select
        person_id, lsoa_code, household, care_home_code, address_from_on, address_to_on, deregistered_on,
        row_number() over (
            partition by person_id, address_from_on order by registered_on desc, record_id
        ) as newest_first
    from base.gp_registration
    where person_id is not null
),

numbered as (
    select
        person_id, lsoa_code, household, care_home_code, address_from_on, address_to_on, deregistered_on,
        row_number() over (partition by person_id order by address_from_on) as place
    from line
    where newest_first = 1
),

person as (
    select person_id, died_on from core.person
),

lsoa as (
    select lsoa_code, neighbourhood_code from reference.lsoa
),

ended as (
    select
        numbered.person_id, numbered.lsoa_code, lsoa.neighbourhood_code, numbered.household,
        numbered.care_home_code is not null as is_care_home, numbered.address_from_on as from_on,
        -- `least` skips nulls: an address is known until it is left, replaced, or the person leaves the list
        least(numbered.address_to_on, numbered.deregistered_on, person.died_on + 1, later.address_from_on) as to_on
    from numbered
    inner join person on numbered.person_id = person.person_id -- many to one: every linked row's person is in core.person
    left join numbered as later -- one to one: the person's next address
        on numbered.person_id = later.person_id and later.place = numbered.place + 1
    left join lsoa on numbered.lsoa_code = lsoa.lsoa_code -- many to one
)

select
    person_id,          -- pseudonym
    lsoa_code,          -- small area; null if the postcode is unknown
    neighbourhood_code, -- the city's neighbourhood; null outside the city
    household,          -- keyed hash of postcode and house
    is_care_home,       -- whether the address is a care home
    from_on,            -- first day at the address
    to_on               -- first day after it; null if current
from ended
where to_on is null or to_on > from_on
