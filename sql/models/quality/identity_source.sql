--! summary = "Which feed and provider each identity comes from: one row for each, whatever the number of its records."
--! grain = ["identity_id", "feed", "provider_code"]
--! sensitivity = "person"
--! checks = ["unique(identity_id, feed, provider_code)", "not_null(identity_id)"]

with

carried as (
    select 'ambulance' as feed, provider_code, identity_id from record.ambulance
    union
    select 'apc' as feed, provider_code, identity_id from record.apc
    union
    select 'asc' as feed, provider_code, identity_id from record.asc
    union
    select 'chc' as feed, provider_code, identity_id from record.chc
    union
    select 'csc' as feed, provider_code, identity_id from record.csc
    union
    select 'csc_need' as feed, provider_code, identity_id from record.csc_need
    union
    select 'csds' as feed, provider_code, identity_id from record.csds
    union
    select 'csds' as feed, provider_code, identity_id from record.csds_mpi
    union
    select 'death' as feed, provider_code, identity_id from record.death
    union
    select 'ecds' as feed, provider_code, identity_id from record.ecds
    union
    select 'gp_appointment' as feed, provider_code, identity_id from record.gp_appointment
    union
    select 'gp_event' as feed, provider_code, identity_id from record.gp_event
    union
    select 'gp_prescription' as feed, provider_code, identity_id from record.gp_prescription
    union
    select 'gp_registration' as feed, provider_code, identity_id from record.gp_registration
    union
    select 'health_check' as feed, provider_code, identity_id from record.health_check
    union
    select 'iapt' as feed, provider_code, identity_id from record.iapt
    union
    select 'iapt' as feed, provider_code, identity_id from record.iapt_mpi
    union
    select 'mhsds' as feed, provider_code, identity_id from record.mhsds
    union
    select 'mhsds' as feed, provider_code, identity_id from record.mhsds_mpi
    union
    select 'nhs111' as feed, provider_code, identity_id from record.nhs111
    union
    select 'op' as feed, provider_code, identity_id from record.op
    union
    select 'third_sector' as feed, provider_code, identity_id from record.third_sector
),

person_index as (
    select identity_id, person_id from link.person_index
),

named as (
    select identity_id, feed, coalesce(provider_code, 'unknown') as provider_code
    from carried
    where identity_id is not null
    group by identity_id, feed, coalesce(provider_code, 'unknown')
)

select
    named.identity_id,      -- one way in which records describe a person
    person_index.person_id, -- pseudonym; null if it says too little
    named.feed,             -- the feed
    named.provider_code     -- who sent it (ODS code); unknown if the rows do not say
from named
left join person_index on named.identity_id = person_index.identity_id -- many to one
