--! summary = "Lines of the registration list, each with its person: one per practice, address and period."
--! grain = ["record_id", "address_from_on"]
--! sensitivity = "person"
--! checks = ["unique(record_id, address_from_on)", "not_null(registered_on)", "not_null(address_from_on)"]

-- The registration list and EMIS send registration and address in one row; EMIS only the current
-- address, which is taken to be that of the whole registration, and a patient anew when something has
-- changed. TPP sends registrations in `base.gp_tpp_line`.

with

accepted as (
    select
        record_id, identity_id, provider_code, sex, birth_month, lsoa_code, is_resident, household,
        died_on, ethnic_group, care_home_code, registered_on, deregistered_on,
        coalesce(address_from_on, registered_on) as address_from_on, address_to_on, processing_id,
        -- private, emergency and walk-in patients are not on the list either
        case when patient_type = 'Regular' or patient_type is null then patient_type else 'Temporary' end as patient_type
    from record.gp_registration
),

person_index as (
    select identity_id, person_id from link.person_index
),

organisation as (
    select organisation_key, max(ods_code) as ods_code
    from record.gp_organisation
    group by organisation_key
),

placed as (
    select
        accepted.record_id, person_index.person_id,
        coalesce(organisation.ods_code, accepted.provider_code) as provider_code, accepted.sex,
        accepted.birth_month, accepted.lsoa_code, accepted.is_resident, accepted.household, accepted.died_on,
        accepted.ethnic_group, accepted.care_home_code, accepted.registered_on, accepted.deregistered_on,
        accepted.address_from_on, accepted.address_to_on, accepted.patient_type,
        accepted.processing_id is null or row_number() over (
            partition by
                accepted.provider_code, accepted.processing_id is null,
                coalesce(person_index.person_id, -accepted.identity_id), accepted.registered_on
            order by accepted.processing_id desc, accepted.record_id
        ) = 1 as is_latest
    from accepted
    left join person_index on accepted.identity_id = person_index.identity_id -- many to one: an identity is one person
    left join organisation on accepted.provider_code = organisation.organisation_key -- many to one: grouped
)

select
    record_id,       -- the accepted row: of the registration, where the address has one of its own
    person_id,       -- pseudonym; null if the row cannot be linked
    provider_code,   -- who sent it (ODS code)
    sex,             -- as recorded: female, male, other
    birth_month,     -- first day of the month of birth, as recorded
    lsoa_code,       -- area of the recorded postcode; null if unknown
    is_resident,     -- whether the recorded postcode lies in the city
    household,       -- keyed hash of postcode and house
    died_on,         -- day of death as the list holds it
    ethnic_group,    -- ethnic category code; Z is not stated
    care_home_code,  -- code of the care home, if the address is one
    registered_on,   -- first day on the list
    deregistered_on, -- first day off the list; null if still on it
    address_from_on, -- first day at the address
    address_to_on,   -- first day after the address; null if current
    patient_type     -- Regular, or Temporary for anybody else whom the practice treats
from placed
where is_latest
union all
select
    record_id, person_id, provider_code, sex, birth_month, lsoa_code, is_resident, household, died_on,
    cast(null as varchar) as ethnic_group, cast(null as varchar) as care_home_code, registered_on, deregistered_on,
    address_from_on, address_to_on, patient_type
from base.gp_tpp_line
