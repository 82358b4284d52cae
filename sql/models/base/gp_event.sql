--! summary = "GP coded entries, each with its person, in SNOMED CT where the system's own code has an equal there."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "not_null(event_on)"]

-- Systems name codes and practices in their own way: EMIS by numbers and GUIDs that tables of the same
-- extract explain.

with

removed as (
    select provider_code, identity_id from base.gp_removed
),

accepted as (
    select
        record_id, identity_id, provider_code, age_at_event, observation_key, event_on,
        date_precision, ended_on, snomed_code, ctv3_code, vaccine_code, vaccine, reason_code, code_key,
        value, unit
    from record.gp_event as line
    where not exists (
        select 1 from removed
        where removed.provider_code = line.provider_code and removed.identity_id = line.identity_id
    )
),

person_index as (
    select identity_id, person_id from link.person_index
),

organisation as (
    select organisation_key, max(ods_code) as ods_code
    from record.gp_organisation
    group by organisation_key
),

code as (
    select code_key, last_value(snomed_code order by processing_id, record_id) as snomed_code
    from record.gp_code
    group by code_key
)

select
    accepted.record_id,                                                           -- the accepted row
    person_index.person_id,                                                       -- pseudonym; null if the row cannot be linked
    coalesce(organisation.ods_code, accepted.provider_code) as provider_code,     -- who sent it (ODS code)
    accepted.age_at_event,                                                        -- completed years at the event
    accepted.observation_key,                                                     -- key of the entry
    accepted.event_on,                                                            -- day to which the entry relates
    accepted.date_precision,                                                      -- how exact that day is: YMDT, YMD, YM or Y
    coalesce(accepted.snomed_code, code.snomed_code) as snomed_code,              -- SNOMED CT concept, as text; null if the system's code has none
    accepted.ctv3_code,                                                           -- Clinical Terms Version 3, as TPP SystmOne sends it
    accepted.vaccine_code,                                                        -- code of the vaccine as sent, in no national list; null of other entries
    accepted.vaccine,                                                             -- name of the vaccine as sent; null of other entries
    accepted.ended_on,                                                            -- day on which a condition or a care plan ended; null if it goes on, or if none is sent
    accepted.reason_code,                                                         -- SNOMED CT concept of the condition for which it was done, as sent
    accepted.value,                                                               -- measured value
    accepted.unit                                                                 -- unit of the value, as typed
from accepted
left join person_index on accepted.identity_id = person_index.identity_id -- many to one: an identity is one person
left join organisation on accepted.provider_code = organisation.organisation_key -- many to one: grouped
left join code on accepted.code_key = code.code_key -- many to one: grouped
