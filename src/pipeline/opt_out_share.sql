-- The share of registered persons, and of their days on the list, that the national data opt-out
-- leaves out: by practice, by deprivation and by ethnic group, each with its total.
with

line as (
    select
        person_index.person_id, entry.provider_code as practice_code, entry.registered_on,
        min(entry.deregistered_on) as deregistered_on, min(entry.died_on) as died_on
    from record.gp_registration as entry
    inner join link.person_index as person_index
        on entry.identity_id = person_index.identity_id -- many to one: an identity is one person
    where person_index.person_id is not null
        and (entry.patient_type is null or entry.patient_type <> 'Temporary')
    group by person_index.person_id, entry.provider_code, entry.registered_on
),

numbered as (
    select
        person_id, practice_code, registered_on, deregistered_on, died_on,
        lead(registered_on) over (partition by person_id order by registered_on, practice_code) as next_on
    from line
),

-- a later registration ends an earlier one, and the day of death is the last on the list
registered as (
    select
        person_id, practice_code, greatest(registered_on, $data_from) as from_on,
        least(coalesce(least(deregistered_on, died_on + 1, next_on), $as_at), $as_at) as to_on
    from numbered
),

stay as (
    select person_id, practice_code, sum(to_on - from_on) as n_days
    from registered
    where to_on > from_on
    group by person_id, practice_code
),

described as (
    select
        person_index.person_id, entry.lsoa_code, entry.ethnic_group,
        row_number() over (
            partition by person_index.person_id
            order by entry.address_from_on desc, entry.registered_on desc, entry.record_id
        ) as newest_first
    from record.gp_registration as entry
    inner join link.person_index as person_index
        on entry.identity_id = person_index.identity_id -- many to one: an identity is one person
    where person_index.person_id is not null
),

person as (
    select
        described.person_id,
        coalesce(cast(lsoa.imd_quintile_city as varchar), 'not known') as deprivation_fifth,
        coalesce(nullif(described.ethnic_group, 'Z'), 'not known') as ethnic_group
    from described
    left join reference.lsoa as lsoa on described.lsoa_code = lsoa.lsoa_code -- many to one
    where described.newest_first = 1
),

placed as (
    select 'practice' as breakdown, practice_code as value, person_id, n_days from stay
    union all
    select 'deprivation_fifth' as breakdown, person.deprivation_fifth as value, stay.person_id, stay.n_days
    from stay
    inner join person on stay.person_id = person.person_id -- many to one
    union all
    select 'ethnic_group' as breakdown, person.ethnic_group as value, stay.person_id, stay.n_days
    from stay
    inner join person on stay.person_id = person.person_id -- many to one
),

marked as (
    select
        placed.breakdown, placed.value, placed.person_id, placed.n_days,
        left_out.person_id is not null as is_left_out
    from placed
    left join opt_out.left_out as left_out on placed.person_id = left_out.person_id -- many to one
)

select
    breakdown,                                                                -- practice, deprivation_fifth or ethnic_group
    value,                                                                    -- which one; `all` is the total
    count(distinct person_id) as n_persons,                                   -- persons registered in the period
    count(distinct person_id) filter (where is_left_out) as n_left_out,       -- those left out
    100.0 * count(distinct person_id) filter (where is_left_out)
        / count(distinct person_id) as share_left_out,                        -- per cent of persons
    sum(n_days) as n_person_days,                                             -- days on the list
    coalesce(sum(n_days) filter (where is_left_out), 0) as n_person_days_left_out -- those of persons left out
from marked
group by breakdown, value
union all
select
    breakdown, 'all' as value, count(distinct person_id) as n_persons,
    count(distinct person_id) filter (where is_left_out) as n_left_out,
    100.0 * count(distinct person_id) filter (where is_left_out)
        / count(distinct person_id) as share_left_out,
    sum(n_days) as n_person_days,
    coalesce(sum(n_days) filter (where is_left_out), 0) as n_person_days_left_out
from marked
group by breakdown
order by breakdown, value
