--! summary = "Practices that patients of community, mental-health and talking-therapies services were registered with, by period, as each service last sent them."
--! grain = ["data_set", "provider_code", "person_id", "from_on"]
--! sensitivity = "person"
--! checks = ["unique(data_set, provider_code, person_id, from_on)", "not_null(practice_code)", "select person_id from base.service_practice where to_on <= from_on"]

-- A registration without a start goes back as far as there are days; one ends where the next begins.

with

person_index as (
    select identity_id, person_id from link.person_index
),

sent as (
    select
        'csds' as data_set, record_id, identity_id, provider_code, month_number, submission_key, practice_code,
        registered_on, deregistered_on
    from record.csds_gp
    union all
    select
        'mhsds' as data_set, record_id, identity_id, provider_code, month_number, submission_key, practice_code,
        registered_on, deregistered_on
    from record.mhsds_gp
    union all
    select
        'iapt' as data_set, record_id, identity_id, provider_code, month_number, submission_key, practice_code,
        registered_on, deregistered_on
    from record.iapt_gp
),

registration as (
    select
        sent.data_set, sent.provider_code, person_index.person_id, sent.practice_code,
        coalesce(sent.registered_on, date '0001-01-01') as from_on, sent.deregistered_on,
        row_number() over (
            partition by sent.data_set, sent.provider_code, person_index.person_id, sent.registered_on
            order by sent.month_number desc nulls last, lpad(sent.submission_key, 40, '0') desc nulls last, sent.record_id
        ) as latest_first
    from sent
    inner join person_index on sent.identity_id = person_index.identity_id -- many to one: an identity is one person
    where person_index.person_id is not null
),

period as (
    select
        data_set, provider_code, person_id, practice_code, from_on,
        least(
            deregistered_on,
            lead(from_on) over (partition by data_set, provider_code, person_id order by from_on)
        ) as to_on
    from registration
    where latest_first = 1
)

select
    data_set,      -- csds, mhsds or iapt
    provider_code, -- service that sent it (ODS code)
    person_id,     -- pseudonym
    from_on,       -- first day at the practice; 0001-01-01 if none is given
    to_on,         -- first day no more at the practice; null if still there
    practice_code  -- the practice (ODS code)
from period
where practice_code is not null
    and (to_on is null or to_on > from_on)
