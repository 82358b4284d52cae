--! summary = "Continuing healthcare: requests, decisions and packages, each with its person."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "not_null(requested_on)", "select record_id from base.chc where package_ended_on < package_started_on"]

with

accepted as (
    select
        record_id, identity_id, provider_code, sex, birth_month, age_at_event, lsoa_code, is_resident,
        practice_code, request_type, requested_on, checklist_on, eligibility_decision, decided_on,
        package_started_on, package_ended_on
    from record.chc
),

person_index as (
    select identity_id, person_id from link.person_index
)

select
    accepted.record_id,            -- the accepted row
    person_index.person_id,        -- pseudonym; null if the row cannot be linked
    accepted.provider_code,        -- the commissioner
    accepted.sex,                  -- as recorded: female, male, other
    accepted.birth_month,          -- first day of the month of birth, as recorded
    accepted.age_at_event,         -- completed years at the request
    accepted.lsoa_code,            -- area of the recorded postcode; null if unknown
    accepted.is_resident,          -- whether the recorded postcode lies in the city
    accepted.practice_code,        -- practice as recorded by the commissioner
    accepted.request_type,         -- what was asked for
    accepted.requested_on,         -- day on which the request was received
    accepted.checklist_on,         -- day of the checklist
    accepted.eligibility_decision, -- what was decided
    accepted.decided_on,           -- day of the decision
    accepted.package_started_on,   -- first day of the package; null if there is none
    accepted.package_ended_on      -- last day of the package; null if open
from accepted
left join person_index on accepted.identity_id = person_index.identity_id -- many to one: an identity is one person
