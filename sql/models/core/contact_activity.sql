--! summary = "Community, mental-health, general-practice and third-sector activity as counted units; not yet placed or priced."
--! grain = ["activity_record_id"]
--! sensitivity = "person"
--! checks = ["unique(activity_record_id)", "not_null(started_on)"]

with

community as (
    select record_id, person_id, provider_code, contact_on, team_type, age_at_event, lsoa_code, is_resident, practice_code
    from base.csds
    where attendance_status in ('5', '6') -- seen
),

talking_therapies as (
    select
        record_id, person_id, provider_code, pathway_key, referred_on, discharged_on, n_contacts, age_at_event,
        lsoa_code, is_resident
    from base.iapt
),

mental_health as (
    select
        contact.record_id, contact.person_id, contact.provider_code, contact.contact_on, contact.team_type,
        contact.age_at_event, contact.lsoa_code, contact.is_resident, contact.practice_code,
        -- contacts of a talking-therapies pathway count there, not a second time here
        talking_therapies.record_id as pathway_record_id
    from base.mhsds as contact
    left join talking_therapies -- many to one: a provider's pathway is there once
        on contact.provider_code = talking_therapies.provider_code and contact.referral_key = talking_therapies.pathway_key
    where contact.attendance_status in ('5', '6') -- seen
),

gp_appointment as (
    select record_id, person_id, provider_code, appointment_on, staff_group, age_at_event
    from base.gp_appointment
    where did_not_attend is not true and was_held is not false
),

third_sector as (
    select record_id, person_id, provider_code, contact_on, service, age_at_event, lsoa_code, is_resident
    from base.third_sector
    where attended is not false
)

select
    record_id as activity_record_id,          -- the record that stands for the unit
    person_id,                                -- pseudonym; null if it cannot be linked
    'csds' as feed,                           -- who reported it
    'community' as sector,                    -- sector of care
    'community_contact' as setting,           -- where and how, as costs tell apart
    'team ' || team_type as activity_type,    -- what kind
    'contact' as unit,                        -- what one unit is
    contact_on as started_on,                 -- first day
    contact_on as ended_on,                   -- last day; null if open
    age_at_event as age_at_start,             -- completed years then, as recorded
    lsoa_code,                                -- area as recorded
    is_resident,                              -- whether that area lies in the city
    practice_code,                            -- practice as recorded
    provider_code,                            -- provider
    'community_contact' as counts_as,         -- what it counts as
    cast(null as bigint) as duplicate_of,     -- the unit that already counts this event
    team_type as currency_code,               -- what a price is for
    1 as n_units,                             -- units that a price is for
    cast(null as bigint) as stated_cost_pence -- cost as the provider states it
from community
union all
select
    record_id as activity_record_id, person_id, 'mhsds' as feed, 'mental_health' as sector,
    'mental_health_contact' as setting, 'team ' || team_type as activity_type, 'contact' as unit,
    contact_on as started_on, contact_on as ended_on, age_at_event as age_at_start, lsoa_code, is_resident,
    practice_code, provider_code, case when pathway_record_id is null then 'mental_health_contact' end as counts_as,
    pathway_record_id as duplicate_of, team_type as currency_code, 1 as n_units, cast(null as bigint) as stated_cost_pence
from mental_health
union all
select
    record_id as activity_record_id, person_id, 'iapt' as feed, 'mental_health' as sector, 'talking_therapies_contact' as setting,
    'talking-therapies pathway' as activity_type, 'package' as unit, referred_on as started_on, discharged_on as ended_on,
    age_at_event as age_at_start, lsoa_code, is_resident, cast(null as varchar) as practice_code, provider_code,
    'talking_therapies_pathway' as counts_as, cast(null as bigint) as duplicate_of, cast(null as varchar) as currency_code,
    n_contacts as n_units, cast(null as bigint) as stated_cost_pence
from talking_therapies
union all
select
    record_id as activity_record_id, person_id, 'gp_appointment' as feed, 'primary_care' as sector,
    'gp_appointment' as setting, staff_group as activity_type, 'appointment' as unit,
    appointment_on as started_on, appointment_on as ended_on, age_at_event as age_at_start,
    cast(null as varchar) as lsoa_code, cast(null as boolean) as is_resident,
    provider_code as practice_code, provider_code, 'gp_appointment' as counts_as,
    cast(null as bigint) as duplicate_of, cast(null as varchar) as currency_code, 1 as n_units,
    cast(null as bigint) as stated_cost_pence
from gp_appointment
union all
select
    record_id as activity_record_id, person_id, 'third_sector' as feed, 'third_sector' as sector,
    'third_sector_contact' as setting, service as activity_type, 'contact' as unit,
    contact_on as started_on, contact_on as ended_on, age_at_event as age_at_start, lsoa_code, is_resident,
    cast(null as varchar) as practice_code, provider_code, 'third_sector_contact' as counts_as,
    cast(null as bigint) as duplicate_of, cast(null as varchar) as currency_code, 1 as n_units,
    cast(null as bigint) as stated_cost_pence
from third_sector
