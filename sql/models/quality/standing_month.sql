--! summary = "Records that stand by month of the event: what several files repeat counts once; how many are linked."
--! grain = ["feed", "provider_code", "month"]
--! sensitivity = "aggregate"
--! checks = ["unique(feed, provider_code, month)", "select feed from quality.standing_month where n_linked > n_records"]

with

record as (
    select 'ambulance' as feed, provider_code, cast(called_at as date) as event_on, person_id from base.ambulance
    union all
    select 'apc' as feed, provider_code, admitted_on as event_on, person_id from base.apc
    union all
    select 'asc' as feed, provider_code, started_on as event_on, person_id from base.asc
    union all
    select 'chc' as feed, provider_code, requested_on as event_on, person_id from base.chc
    union all
    select 'csc' as feed, provider_code, started_on as event_on, person_id from base.csc
    union all
    select 'csc_need' as feed, provider_code, referred_on as event_on, person_id from base.csc_need
    union all
    select 'csds' as feed, provider_code, contact_on as event_on, person_id from base.csds
    union all
    select 'death' as feed, provider_code, died_on as event_on, person_id from base.death
    union all
    select 'ecds' as feed, provider_code, arrived_on as event_on, person_id from base.ecds
    union all
    select 'gp_appointment' as feed, provider_code, appointment_on as event_on, person_id from base.gp_appointment
    union all
    select 'gp_event' as feed, provider_code, event_on, person_id from base.gp_event
    union all
    select 'gp_prescription' as feed, provider_code, issued_on as event_on, person_id from base.gp_prescription
    union all
    select 'gp_registration' as feed, provider_code, registered_on as event_on, person_id from base.gp_registration
    union all
    select 'health_check' as feed, provider_code, coalesce(checked_on, invited_on) as event_on, person_id from base.health_check
    union all
    select 'iapt' as feed, provider_code, referred_on as event_on, person_id from base.iapt
    union all
    select 'mhsds' as feed, provider_code, contact_on as event_on, person_id from base.mhsds
    union all
    select 'nhs111' as feed, provider_code, cast(called_at as date) as event_on, person_id from base.nhs111
    union all
    select 'op' as feed, provider_code, appointment_on as event_on, person_id from base.op
    union all
    select 'third_sector' as feed, provider_code, contact_on as event_on, person_id from base.third_sector
)

select
    feed,                                                       -- who reported it
    coalesce(provider_code, 'unknown') as provider_code,        -- who sent it (ODS code); unknown if the rows do not say
    cast(date_trunc('month', event_on) as date) as month,       -- first day of the month of the event
    count(*) as n_records,                                      -- records, each event once
    count(person_id) as n_linked                                -- of these, records that belong to a person
from record
where event_on is not null
group by feed, coalesce(provider_code, 'unknown'), cast(date_trunc('month', event_on) as date)
