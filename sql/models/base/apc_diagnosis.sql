--! summary = "Diagnoses of hospital episodes, a row each, with the person: the first is the primary."
--! grain = ["record_id", "place"]
--! sensitivity = "person"
--! checks = ["unique(record_id, place)", "not_null(code)", "accepted_range(place, 1, 20)"]

with

episode as (
    select
        record_id, identity_id, provider_code, admitted_on, episode_start_on,
        make_array(
            diagnosis_01, diagnosis_02, diagnosis_03, diagnosis_04, diagnosis_05, diagnosis_06, diagnosis_07,
            diagnosis_08, diagnosis_09, diagnosis_10, diagnosis_11, diagnosis_12, diagnosis_13, diagnosis_14,
            diagnosis_15, diagnosis_16, diagnosis_17, diagnosis_18, diagnosis_19, diagnosis_20
        ) as codes
    from record.apc
),

listed as (
    select
        record_id, identity_id, provider_code, admitted_on, episode_start_on, unnest(codes) as code,
        unnest(range(1, 21)) as place
    from episode
),

person_index as (
    select identity_id, person_id from link.person_index
)

select
    listed.record_id,                                -- the episode's row
    cast(listed.place as bigint) as place,           -- 1 is the primary diagnosis
    person_index.person_id,                          -- pseudonym; null if the row cannot be linked
    listed.provider_code,                            -- who sent it (ODS code)
    listed.admitted_on,                              -- start of the hospital stay
    listed.episode_start_on,                         -- start under this consultant
    upper(replace(trim(listed.code), '.', '')) as code -- ICD-10 without a point, in capitals
from listed
left join person_index on listed.identity_id = person_index.identity_id -- many to one: an identity is one person
where listed.code is not null
