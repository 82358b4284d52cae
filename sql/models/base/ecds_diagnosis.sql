--! summary = "Diagnoses of accident and emergency attendances, a row each, with the person."
--! grain = ["record_id", "place"]
--! sensitivity = "person"
--! checks = ["unique(record_id, place)", "not_null(code)", "accepted_range(place, 1, 12)"]

with

attendance as (
    select
        record_id, identity_id, provider_code, arrived_on,
        make_array(
            diagnosis_01, diagnosis_02, diagnosis_03, diagnosis_04, diagnosis_05, diagnosis_06, diagnosis_07,
            diagnosis_08, diagnosis_09, diagnosis_10, diagnosis_11, diagnosis_12
        ) as codes,
        make_array(
            diagnosis_qualifier_01, diagnosis_qualifier_02, diagnosis_qualifier_03, diagnosis_qualifier_04,
            diagnosis_qualifier_05, diagnosis_qualifier_06, diagnosis_qualifier_07, diagnosis_qualifier_08,
            diagnosis_qualifier_09, diagnosis_qualifier_10, diagnosis_qualifier_11, diagnosis_qualifier_12
        ) as qualifiers
    from record.ecds
),

listed as (
    select
        record_id, identity_id, provider_code, arrived_on, unnest(codes) as code,
        unnest(qualifiers) as qualifier, unnest(range(1, 13)) as place
    from attendance
),

person_index as (
    select identity_id, person_id from link.person_index
)

select
    listed.record_id,                      -- the attendance's row
    cast(listed.place as bigint) as place, -- order in which the department gave them
    person_index.person_id,                -- pseudonym; null if the row cannot be linked
    listed.provider_code,                  -- who sent it (ODS code)
    listed.arrived_on,                     -- day of arrival
    listed.code,                           -- diagnosis (SNOMED CT)
    listed.qualifier                       -- confirmed or suspected (SNOMED CT)
from listed
left join person_index on listed.identity_id = person_index.identity_id -- many to one: an identity is one person
where listed.code is not null
