--! summary = "Mental-health hospital stays, health checks and continuing healthcare as counted units; not yet placed or priced."
--! grain = ["activity_record_id"]
--! sensitivity = "person"
--! checks = ["unique(activity_record_id)", "not_null(started_on)"]

-- A trust may tell a mental-health stay twice: as a hospital spell too. It counts there.

with

spell as (
    select person_id, provider_code, admitted_on, min(spell_record_id) as spell_record_id
    from core.spell
    where person_id is not null
    group by person_id, provider_code, admitted_on
),

stay as (
    select
        stay.record_id, stay.person_id, stay.provider_code, stay.admitted_on, stay.discharged_on, stay.bed_type,
        stay.age_at_event, stay.lsoa_code, stay.is_resident, spell.spell_record_id
    from base.mhsds_spell as stay
    left join spell -- many to one: grouped
        on stay.person_id = spell.person_id and stay.provider_code = spell.provider_code
        and stay.admitted_on = spell.admitted_on
)

select
    record_id as activity_record_id,          -- the record that stands for the unit
    person_id,                                -- pseudonym; null if it cannot be linked
    'mhsds' as feed,                          -- who reported it
    'mental_health' as sector,                -- sector of care
    'mental_health_inpatient' as setting,     -- where and how, as costs tell apart
    'mental-health hospital stay' as activity_type, -- what kind
    'spell' as unit,                          -- what one unit is
    admitted_on as started_on,                -- first day
    discharged_on as ended_on,                -- last day; null if unfinished
    age_at_event as age_at_start,             -- completed years then, as recorded
    lsoa_code,                                -- area as recorded
    is_resident,                              -- whether that area lies in the city
    cast(null as varchar) as practice_code,   -- practice as recorded
    provider_code,                            -- provider
    case when spell_record_id is null then 'mental_health_admission' end as counts_as, -- what it counts as; null if it does not count
    spell_record_id as duplicate_of,          -- the unit that already counts this event
    bed_type as currency_code,                -- what a price is for
    1 as n_units,                             -- units that a price is for
    cast(null as bigint) as stated_cost_pence -- cost as the provider states it
from stay
union all
select
    record_id as activity_record_id, person_id, 'health_check' as feed, 'public_health' as sector,
    'health_check' as setting, 'NHS Health Check' as activity_type, 'contact' as unit, checked_on as started_on,
    checked_on as ended_on, age_at_event as age_at_start, lsoa_code, is_resident, provider_code as practice_code,
    provider_code, 'health_check' as counts_as, cast(null as bigint) as duplicate_of,
    cast(null as varchar) as currency_code, 1 as n_units, cast(null as bigint) as stated_cost_pence
from base.health_check
where checked_on is not null -- an invitation is no care
union all
select
    record_id as activity_record_id, person_id, 'chc' as feed, 'continuing_care' as sector,
    'continuing_healthcare' as setting, 'continuing healthcare' as activity_type, 'package' as unit,
    package_started_on as started_on, package_ended_on as ended_on, age_at_event as age_at_start, lsoa_code,
    is_resident, practice_code, provider_code, 'continuing_healthcare_package' as counts_as,
    cast(null as bigint) as duplicate_of, cast(null as varchar) as currency_code, 1 as n_units,
    cast(null as bigint) as stated_cost_pence
from base.chc
where package_started_on is not null -- a request is no care
