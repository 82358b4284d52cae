--! summary = "Third-sector contacts, each with its person."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "not_null(contact_on)", "not_null(service)"]

with

accepted as (
    select
        record_id, identity_id, provider_code, sex, birth_month, age_at_event, lsoa_code,
        is_resident, referred_on, service, contact_on, attended
    from record.third_sector
),

person_index as (
    select identity_id, person_id from link.person_index
)

select
    accepted.record_id,     -- the accepted row
    person_index.person_id, -- pseudonym; null if the row cannot be linked
    accepted.provider_code, -- who sent it (ODS code)
    accepted.sex,           -- as recorded: female, male, other
    accepted.birth_month,   -- first day of the month of birth, as recorded
    accepted.age_at_event,  -- completed years at the event
    accepted.lsoa_code,     -- area of the recorded postcode; null if unknown
    accepted.is_resident,   -- whether the recorded postcode lies in the city
    accepted.referred_on,   -- day of referral
    accepted.service,       -- name of the service
    accepted.contact_on,    -- day of the contact
    accepted.attended       -- whether the client came; null if not said
from accepted
left join person_index on accepted.identity_id = person_index.identity_id -- many to one: an identity is one person
