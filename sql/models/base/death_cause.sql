--! summary = "Causes that death certificates mention, a row each, with the person; the underlying cause is in base.death."
--! grain = ["record_id", "place"]
--! sensitivity = "person"
--! checks = ["unique(record_id, place)", "not_null(code)", "accepted_range(place, 1, 15)"]

with

death as (
    select
        record_id, identity_id, died_on,
        make_array(
            cause_01, cause_02, cause_03, cause_04, cause_05, cause_06, cause_07, cause_08, cause_09, cause_10,
            cause_11, cause_12, cause_13, cause_14, cause_15
        ) as codes
    from record.death
),

listed as (
    select record_id, identity_id, died_on, unnest(codes) as code, unnest(range(1, 16)) as place
    from death
),

person_index as (
    select identity_id, person_id from link.person_index
)

select
    listed.record_id,                                  -- the death's row
    cast(listed.place as bigint) as place,             -- order on the certificate
    person_index.person_id,                            -- pseudonym; null if the row cannot be linked
    listed.died_on,                                    -- day of death
    upper(replace(trim(listed.code), '.', '')) as code -- cause (ICD-10) without a point, in capitals
from listed
left join person_index on listed.identity_id = person_index.identity_id -- many to one: an identity is one person
where listed.code is not null
