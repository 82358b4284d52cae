--! summary = "Social care, ambulance, 111 and prescriptions as counted units; not yet placed or priced."
--! grain = ["activity_record_id"]
--! sensitivity = "person"
--! checks = ["unique(activity_record_id)", "not_null(started_on)"]

with

person as (select person_id, died_on from core.person),

adult_care as (
    select
        event.record_id, event.person_id, event.provider_code, event.event_type, event.started_on, event.service_type,
        event.age_at_event, event.lsoa_code, event.is_resident, event.practice_code, event.cost_frequency,
        event.unit_cost_pence, event.planned_units_per_week,
        -- nobody is cared for after death; `least` skips nulls
        least(event.ended_on, case when person.died_on is not null then greatest(person.died_on, event.started_on) end) as ended_on
    from base.asc as event
    left join person on event.person_id = person.person_id -- many to one
),

priced_care as (
    select
        record_id, person_id, provider_code, event_type, started_on, ended_on, service_type, age_at_event, lsoa_code,
        is_resident, practice_code, cost_frequency, unit_cost_pence,
        case
            when cost_frequency in ('Hourly', 'Per session', 'Daily') then planned_units_per_week
            when cost_frequency = 'Weekly' then 1.0
            when cost_frequency = 'Fortnightly' then 1.0 / 2
            when cost_frequency = '4-weekly' then 1.0 / 4
            when cost_frequency = 'Monthly' then 12 * 7 / 365.25
            when cost_frequency = 'Quarterly' then 4 * 7 / 365.25
            when cost_frequency = 'Annually' then 7 / 365.25
        end as units_per_week,
        least(coalesce(ended_on, $as_at), $as_at) - started_on as care_days
    from adult_care
),

incident as (
    select
        record_id, person_id, provider_code, called_at, chief_complaint, age_at_event, lsoa_code, is_resident,
        case when at_destination_at is not null then '03' when at_scene_at is not null then '02' else '01' end as currency_code
    from base.ambulance
)

select
    record_id as activity_record_id,                                          -- the record that stands for the unit
    person_id,                                                                -- pseudonym; null if it cannot be linked
    'asc' as feed,                                                            -- who reported it
    'social_care' as sector,                                                  -- sector of care
    'adult_social_care' as setting,                                           -- where and how, as costs tell apart
    coalesce(service_type, lower(event_type)) as activity_type,               -- what kind
    case event_type when 'Service' then 'package' else 'contact' end as unit, -- what one unit is
    started_on,                                                               -- first day
    ended_on,                                                                 -- last day; null if open
    age_at_event as age_at_start,                                             -- completed years then, as recorded
    lsoa_code,                                                                -- area as recorded
    is_resident,                                                              -- whether that area lies in the city
    practice_code,                                                            -- practice as recorded
    provider_code,                                                            -- provider
    case event_type when 'Service' then 'social_care_package' else concat('social_care_', lower(event_type)) end as counts_as, -- what it counts as
    cast(null as bigint) as duplicate_of,                                     -- the unit that already counts this event
    cast(null as varchar) as currency_code,                                   -- what a price is for
    1 as n_units,                                                             -- units that a price is for
    case cost_frequency
        when 'One-off' then unit_cost_pence
        else cast(round(unit_cost_pence * units_per_week * greatest(care_days, 0) / 7) as bigint)
    end as stated_cost_pence                                                  -- cost as the provider states it, up to the as-at date
from priced_care
union all
select
    record_id as activity_record_id, person_id, 'csc' as feed, 'social_care' as sector,
    'children_looked_after' as setting, 'placement ' || placement as activity_type, 'package' as unit,
    started_on, ended_on, age_at_event as age_at_start, lsoa_code, is_resident, cast(null as varchar) as practice_code,
    provider_code, 'looked_after_episode' as counts_as, cast(null as bigint) as duplicate_of,
    cast(null as varchar) as currency_code, 1 as n_units, cast(null as bigint) as stated_cost_pence
from base.csc
union all
select
    record_id as activity_record_id, person_id, 'ambulance' as feed, 'ambulance' as sector, 'ambulance' as setting,
    chief_complaint as activity_type, 'incident' as unit, cast(called_at as date) as started_on,
    cast(called_at as date) as ended_on, age_at_event as age_at_start, lsoa_code, is_resident,
    cast(null as varchar) as practice_code, provider_code, 'ambulance_incident' as counts_as,
    cast(null as bigint) as duplicate_of, currency_code, 1 as n_units, cast(null as bigint) as stated_cost_pence
from incident
union all
select
    record_id as activity_record_id, person_id, 'nhs111' as feed, 'nhs111' as sector, 'nhs111_call' as setting,
    disposition_group as activity_type, 'contact' as unit, cast(called_at as date) as started_on,
    cast(called_at as date) as ended_on, age_at_event as age_at_start, lsoa_code, is_resident, practice_code,
    provider_code, 'nhs111_call' as counts_as, cast(null as bigint) as duplicate_of,
    cast(null as varchar) as currency_code, 1 as n_units, cast(null as bigint) as stated_cost_pence
from base.nhs111
union all
select
    record_id as activity_record_id, person_id, 'gp_prescription' as feed, 'primary_care' as sector, 'prescription' as setting,
    'prescription' as activity_type, 'item' as unit, issued_on as started_on, issued_on as ended_on,
    age_at_event as age_at_start, cast(null as varchar) as lsoa_code, cast(null as boolean) as is_resident,
    provider_code as practice_code, provider_code, 'prescription_item' as counts_as, cast(null as bigint) as duplicate_of,
    bnf_code as currency_code, 1 as n_units, cost_pence as stated_cost_pence
from base.gp_prescription
