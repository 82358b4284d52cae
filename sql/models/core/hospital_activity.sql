--! summary = "Hospital activity as counted units: spells, emergency-department attendances, outpatient attendances; not yet placed or priced."
--! grain = ["activity_record_id"]
--! sensitivity = "person"
--! checks = ["unique(activity_record_id)", "not_null(started_on)", "relationship(duplicate_of, core.hospital_activity.activity_record_id)"]

with

continuous_spell as (select continuous_spell_record_id from core.continuous_spell),

spell as (
    select
        spell.spell_record_id, spell.person_id, spell.provider_code, spell.admitted_on, spell.discharged_on,
        spell.admission_kind, spell.hrg, spell.age_at_start, spell.lsoa_code, spell.is_resident,
        spell.practice_code, continuous_spell.continuous_spell_record_id is not null as is_first_of_chain,
        case
            when spell.patient_class = '2' then 'day_case'
            when spell.patient_class in ('3', '4') then 'regular_attender'
            when spell.admission_kind = 'elective' then 'elective_inpatient'
            -- a newborn's stay of unknown length is priced as a short one, as most are
            when spell.stay_days is null or spell.stay_days <= $short_stay_days then 'non_elective_short_stay'
            else 'non_elective_long_stay'
        end as setting
    from core.spell as spell
    left join continuous_spell on spell.spell_record_id = continuous_spell.continuous_spell_record_id -- one to one
),

sent as (
    select
        record_id, person_id, provider_code, arrived_on, departed_on, department_type, hrg,
        age_at_event, lsoa_code, is_resident, practice_code,
        -- streaming and the department may each send a row of one visit: same person, day and time
        first_value(record_id) over (
            partition by coalesce(person_id, -record_id), arrived_on, coalesce(arrival_time, cast(record_id as varchar))
            order by department_type nulls last, record_id
        ) as counted_record_id
    from base.ecds
),

attendance as (
    select
        record_id, person_id, provider_code, arrived_on, departed_on, department_type, hrg, age_at_event, lsoa_code,
        is_resident, practice_code, record_id = counted_record_id as is_counted,
        nullif(counted_record_id, record_id) as duplicate_of
    from sent
),

uncounted_type as (
    select department_type from reference.department_type where not is_counted
),

outpatient as (
    select
        record_id, person_id, provider_code, appointment_on, first_attendance, hrg, age_at_event,
        lsoa_code, is_resident, practice_code
    from base.op
    where attendance_status in ('5', '6') -- seen
)

select
    spell_record_id as activity_record_id,                 -- the record that stands for the unit
    person_id,                                             -- pseudonym; null if it cannot be linked
    'apc' as feed,                                         -- who reported it
    'acute' as sector,                                     -- sector of care
    setting,                                               -- where and how, as costs tell apart
    concat(admission_kind, ' admission') as activity_type, -- what kind
    'spell' as unit,                                       -- what one unit is
    admitted_on as started_on,                             -- first day
    discharged_on as ended_on,                             -- last day; null if unfinished
    age_at_start,                                          -- completed years then, as recorded
    lsoa_code,                                             -- area as recorded
    is_resident,                                           -- whether that area lies in the city
    practice_code,                                         -- practice as recorded
    provider_code,                                         -- provider
    case when is_first_of_chain then concat(admission_kind, '_admission') end as counts_as, -- what it counts as; null for a stay that continues another
    cast(null as bigint) as duplicate_of,                  -- the unit that already counts this event
    hrg as currency_code,                                  -- healthcare resource group
    1 as n_units,                                          -- units that a price is for
    cast(null as bigint) as stated_cost_pence              -- cost as the provider states it
from spell
union all
select
    attendance.record_id as activity_record_id, attendance.person_id, 'ecds' as feed, 'acute' as sector,
    'emergency_care' as setting, 'department type ' || attendance.department_type as activity_type,
    'attendance' as unit, attendance.arrived_on as started_on, attendance.departed_on as ended_on,
    attendance.age_at_event as age_at_start, attendance.lsoa_code, attendance.is_resident,
    attendance.practice_code, attendance.provider_code,
    -- an unknown type counts
    case when attendance.is_counted and uncounted_type.department_type is null then 'a_and_e_attendance' end as counts_as,
    attendance.duplicate_of, attendance.hrg as currency_code, 1 as n_units, cast(null as bigint) as stated_cost_pence
from attendance
left join uncounted_type on attendance.department_type = uncounted_type.department_type -- many to one
union all
select
    record_id as activity_record_id, person_id, 'op' as feed, 'acute' as sector, 'outpatient' as setting,
    case when first_attendance in ('1', '3') then 'first attendance' else 'follow-up attendance' end as activity_type,
    'attendance' as unit, appointment_on as started_on, appointment_on as ended_on,
    age_at_event as age_at_start, lsoa_code, is_resident, practice_code, provider_code,
    'outpatient_attendance' as counts_as, cast(null as bigint) as duplicate_of, hrg as currency_code,
    1 as n_units, cast(null as bigint) as stated_cost_pence
from outpatient
