--! summary = "What emergency departments list of an attendance, a row each, with the person: investigations, treatments, comorbidities, drugs and alcohol, services referred to."
--! grain = ["record_id", "kind", "place"]
--! sensitivity = "person"
--! checks = ["unique(record_id, kind, place)", "not_null(code)", "one_of(kind, 'investigation', 'treatment', 'comorbidity', 'drug_or_alcohol', 'referral')"]

with

investigation_list as (
    select
        record_id, identity_id, provider_code, arrived_on,
        make_array(
            investigation_01, investigation_02, investigation_03, investigation_04, investigation_05,
            investigation_06, investigation_07, investigation_08, investigation_09, investigation_10,
            investigation_11, investigation_12
        ) as codes,
        make_array(
            investigation_01_on, investigation_02_on, investigation_03_on, investigation_04_on,
            investigation_05_on, investigation_06_on, investigation_07_on, investigation_08_on,
            investigation_09_on, investigation_10_on, investigation_11_on, investigation_12_on
        ) as days,
        make_array(
            investigation_01_time, investigation_02_time, investigation_03_time, investigation_04_time,
            investigation_05_time, investigation_06_time, investigation_07_time, investigation_08_time,
            investigation_09_time, investigation_10_time, investigation_11_time, investigation_12_time
        ) as times
    from record.ecds
),

treatment_list as (
    select
        record_id, identity_id, provider_code, arrived_on,
        make_array(
            treatment_01, treatment_02, treatment_03, treatment_04, treatment_05, treatment_06, treatment_07,
            treatment_08, treatment_09, treatment_10, treatment_11, treatment_12
        ) as codes,
        make_array(
            treatment_01_on, treatment_02_on, treatment_03_on, treatment_04_on, treatment_05_on,
            treatment_06_on, treatment_07_on, treatment_08_on, treatment_09_on, treatment_10_on,
            treatment_11_on, treatment_12_on
        ) as days,
        make_array(
            treatment_01_time, treatment_02_time, treatment_03_time, treatment_04_time, treatment_05_time,
            treatment_06_time, treatment_07_time, treatment_08_time, treatment_09_time, treatment_10_time,
            treatment_11_time, treatment_12_time
        ) as times
    from record.ecds
),

comorbidity_list as (
    select
        record_id, identity_id, provider_code, arrived_on,
        make_array(
            comorbidity_01, comorbidity_02, comorbidity_03, comorbidity_04, comorbidity_05, comorbidity_06,
            comorbidity_07, comorbidity_08, comorbidity_09, comorbidity_10
        ) as codes
    from record.ecds
),

drug_or_alcohol_list as (
    select
        record_id, identity_id, provider_code, arrived_on,
        make_array(
            drug_alcohol_01, drug_alcohol_02, drug_alcohol_03, drug_alcohol_04
        ) as codes
    from record.ecds
),

referral_list as (
    select
        record_id, identity_id, provider_code, arrived_on,
        make_array(
            referred_to_01, referred_to_02, referred_to_03, referred_to_04
        ) as codes
    from record.ecds
),

listed as (
    select
        record_id, identity_id, provider_code, arrived_on, 'investigation' as kind, unnest(codes) as code, unnest(days) as done_on,
        unnest(times) as done_time, unnest(range(1, 13)) as place
    from investigation_list
    union all
    select
        record_id, identity_id, provider_code, arrived_on, 'treatment' as kind, unnest(codes) as code, unnest(days) as done_on,
        unnest(times) as done_time, unnest(range(1, 13)) as place
    from treatment_list
    union all
    select
        record_id, identity_id, provider_code, arrived_on, 'comorbidity' as kind, unnest(codes) as code, cast(null as date) as done_on,
        cast(null as varchar) as done_time, unnest(range(1, 11)) as place
    from comorbidity_list
    union all
    select
        record_id, identity_id, provider_code, arrived_on, 'drug_or_alcohol' as kind, unnest(codes) as code, cast(null as date) as done_on,
        cast(null as varchar) as done_time, unnest(range(1, 5)) as place
    from drug_or_alcohol_list
    union all
    select
        record_id, identity_id, provider_code, arrived_on, 'referral' as kind, unnest(codes) as code, cast(null as date) as done_on,
        cast(null as varchar) as done_time, unnest(range(1, 5)) as place
    from referral_list
),

person_index as (
    select identity_id, person_id from link.person_index
)

select
    listed.record_id,                      -- the attendance's row
    listed.kind,                           -- investigation, treatment, comorbidity, drug_or_alcohol, referral
    cast(listed.place as bigint) as place, -- order in which the department gave them
    person_index.person_id,                -- pseudonym; null if the row cannot be linked
    listed.provider_code,                  -- who sent it (ODS code)
    listed.arrived_on,                     -- day of arrival
    listed.code,                           -- what it was (SNOMED CT)
    listed.done_on,                        -- day of an investigation or treatment; null if not said
    listed.done_time                       -- its time, HH:MM
from listed
left join person_index on listed.identity_id = person_index.identity_id -- many to one: an identity is one person
where listed.code is not null
