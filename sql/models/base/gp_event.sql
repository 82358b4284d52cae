--! summary = "GP coded entries, each with its person."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "not_null(event_on)", "not_null(snomed_code)"]

with

accepted as (
    select
        record_id, identity_id, provider_code, age_at_event, observation_key, event_on,
        date_precision, snomed_code, value, unit
    from record.gp_event
),

person_index as (
    select identity_id, person_id from link.person_index
)

select
    accepted.record_id,       -- the accepted row
    person_index.person_id,   -- pseudonym; null if the row cannot be linked
    accepted.provider_code,   -- who sent it (ODS code)
    accepted.age_at_event,    -- completed years at the event
    accepted.observation_key, -- key of the entry
    accepted.event_on,        -- day to which the entry relates
    accepted.date_precision,  -- how exact that day is: YMD, YM or Y
    accepted.snomed_code,     -- SNOMED CT concept, as text
    accepted.value,           -- measured value
    accepted.unit             -- unit of the value, as typed
from accepted
left join person_index on accepted.identity_id = person_index.identity_id -- many to one: an identity is one person
