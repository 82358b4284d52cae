--! summary = "NHS 111 calls, each with its person."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "not_null(called_at)"]

with

accepted as (
    select
        record_id, identity_id, provider_code, sex, birth_month, age_at_event, lsoa_code,
        is_resident, case_key, practice_code, called_at, disposition_code, disposition_group,
        ambulance_call_key
    from record.nhs111
),

person_index as (
    select identity_id, person_id from link.person_index
)

select
    accepted.record_id,         -- the accepted row
    person_index.person_id,     -- pseudonym; null if the row cannot be linked
    accepted.provider_code,     -- who sent it (ODS code)
    accepted.sex,               -- as recorded: female, male, other
    accepted.birth_month,       -- first day of the month of birth, as recorded
    accepted.age_at_event,      -- completed years at the event
    accepted.lsoa_code,         -- area of the recorded postcode; null if unknown
    accepted.is_resident,       -- whether the recorded postcode lies in the city
    accepted.case_key,          -- key of the call
    accepted.practice_code,     -- practice as the caller named it
    accepted.called_at,         -- start of the call
    accepted.disposition_code,  -- what was advised (Dx code)
    accepted.disposition_group, -- what was advised, in a few groups
    accepted.ambulance_call_key -- the 999 call that it was passed to
from accepted
left join person_index on accepted.identity_id = person_index.identity_id -- many to one: an identity is one person
