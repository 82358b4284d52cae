--! summary = "Procedures of hospital episodes, a row each, with the person and the day: the first is the main one."
--! grain = ["record_id", "place"]
--! sensitivity = "person"
--! checks = ["unique(record_id, place)", "not_null(code)", "accepted_range(place, 1, 24)"]

with

episode as (
    select
        record_id, identity_id, provider_code, admitted_on, episode_start_on,
        make_array(
            procedure_01, procedure_02, procedure_03, procedure_04, procedure_05, procedure_06, procedure_07,
            procedure_08, procedure_09, procedure_10, procedure_11, procedure_12, procedure_13, procedure_14,
            procedure_15, procedure_16, procedure_17, procedure_18, procedure_19, procedure_20, procedure_21,
            procedure_22, procedure_23, procedure_24
        ) as codes,
        make_array(
            procedure_01_on, procedure_02_on, procedure_03_on, procedure_04_on, procedure_05_on, procedure_06_on,
            procedure_07_on, procedure_08_on, procedure_09_on, procedure_10_on, procedure_11_on, procedure_12_on,
            procedure_13_on, procedure_14_on, procedure_15_on, procedure_16_on, procedure_17_on, procedure_18_on,
            procedure_19_on, procedure_20_on, procedure_21_on, procedure_22_on, procedure_23_on, procedure_24_on
        ) as days
    from record.apc
),

listed as (
    select
        record_id, identity_id, provider_code, admitted_on, episode_start_on, unnest(codes) as code,
        unnest(days) as done_on, unnest(range(1, 25)) as place
    from episode
),

person_index as (
    select identity_id, person_id from link.person_index
)

select
    listed.record_id,                                  -- the episode's row
    cast(listed.place as bigint) as place,             -- 1 is the main procedure
    person_index.person_id,                            -- pseudonym; null if the row cannot be linked
    listed.provider_code,                              -- who sent it (ODS code)
    listed.admitted_on,                                -- start of the hospital stay
    listed.episode_start_on,                           -- start under this consultant
    upper(replace(trim(listed.code), '.', '')) as code, -- OPCS-4 without a point, in capitals
    listed.done_on                                     -- day of the procedure; null if not said
from listed
left join person_index on listed.identity_id = person_index.identity_id -- many to one: an identity is one person
where listed.code is not null
