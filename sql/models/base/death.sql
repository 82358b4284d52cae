--! summary = "Registered deaths, each with its person."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "not_null(died_on)"]

with

accepted as (
    select
        record_id, identity_id, provider_code, sex, birth_month, age_at_event, lsoa_code,
        is_resident, death_key, died_on, death_registered_on, underlying_cause, place_of_death
    from record.death
),

person_index as (
    select identity_id, person_id from link.person_index
)

select
    accepted.record_id,           -- the accepted row
    person_index.person_id,       -- pseudonym; null if the row cannot be linked
    accepted.provider_code,       -- who sent it (ODS code)
    accepted.sex,                 -- as recorded: female, male, other
    accepted.birth_month,         -- first day of the month of birth, as recorded
    accepted.age_at_event,        -- completed years at the event
    accepted.lsoa_code,           -- area of the recorded postcode; null if unknown
    accepted.is_resident,         -- whether the recorded postcode lies in the city
    accepted.death_key,           -- key of the registration
    accepted.died_on,             -- day of death
    accepted.death_registered_on, -- day of registration
    accepted.underlying_cause,    -- underlying cause (ICD-10)
    accepted.place_of_death       -- type of place
from accepted
left join person_index on accepted.identity_id = person_index.identity_id -- many to one: an identity is one person
