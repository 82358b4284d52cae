--! summary = "Lines of the registration list, each with its person: one per practice, address and period."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "not_null(registered_on)", "not_null(address_from_on)"]

with

accepted as (
    select
        record_id, identity_id, provider_code, sex, birth_month, lsoa_code, is_resident, household,
        died_on, ethnic_group, care_home_code, registered_on, deregistered_on, address_from_on,
        address_to_on, patient_type
    from record.gp_registration
),

person_index as (
    select identity_id, person_id from link.person_index
)

select
    accepted.record_id,       -- the accepted row
    person_index.person_id,   -- pseudonym; null if the row cannot be linked
    accepted.provider_code,   -- who sent it (ODS code)
    accepted.sex,             -- as recorded: female, male, other
    accepted.birth_month,     -- first day of the month of birth, as recorded
    accepted.lsoa_code,       -- area of the recorded postcode; null if unknown
    accepted.is_resident,     -- whether the recorded postcode lies in the city
    accepted.household,       -- keyed hash of postcode and house
    accepted.died_on,         -- day of death as the list holds it
    accepted.ethnic_group,    -- ethnic category code; Z is not stated
    accepted.care_home_code,  -- code of the care home, if the address is one
    accepted.registered_on,   -- first day on the list
    accepted.deregistered_on, -- first day off the list; null if still on it
    accepted.address_from_on, -- first day at the address
    accepted.address_to_on,   -- first day after the address; null if current
    accepted.patient_type     -- Regular or Temporary
from accepted
left join person_index on accepted.identity_id = person_index.identity_id -- many to one: an identity is one person
