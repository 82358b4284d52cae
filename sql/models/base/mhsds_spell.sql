--! summary = "Stays in mental-health hospitals, each once and with its person: as sent in the latest month."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "unique(provider_code, spell_key)", "not_null(admitted_on)", "select record_id from base.mhsds_spell where discharged_on < admitted_on"]

with

person_index as (
    select identity_id, person_id from link.person_index
),

spell as (
    select
        record_id, provider_code, spell_key, referral_key, age_at_event, admitted_on, discharged_on,
        admission_method, admission_source, discharge_method, discharge_destination, month_number,
        row_number() over (
            partition by provider_code, spell_key order by month_number desc nulls last, record_id
        ) as latest_first
    from record.mhsds_spell
),

referral as (
    select sent.provider_code, sent.referral_key, last_value(person_index.person_id order by sent.month_number, sent.record_id) as person_id
    from record.mhsds_referral as sent
    left join person_index on sent.identity_id = person_index.identity_id -- many to one: an identity is one person
    group by sent.provider_code, sent.referral_key
),

patient as (
    select
        sent.provider_code, person_index.person_id,
        last_value(sent.lsoa_code order by sent.month_number, sent.record_id) as lsoa_code,
        last_value(sent.is_resident order by sent.month_number, sent.record_id) as is_resident
    from record.mhsds_mpi as sent
    inner join person_index on sent.identity_id = person_index.identity_id -- many to one: an identity is one person
    where person_index.person_id is not null
    group by sent.provider_code, person_index.person_id
),

stay as (
    select
        provider_code, spell_key, ward_stay_key, bed_type, started_on,
        row_number() over (
            partition by provider_code, ward_stay_key order by month_number desc nulls last, record_id
        ) as latest_first
    from record.mhsds_ward
),

ward as (
    select
        provider_code, spell_key, count(*) as n_ward_stays,
        first_value(bed_type order by started_on, ward_stay_key) as bed_type
    from stay
    where latest_first = 1
    group by provider_code, spell_key
)

select
    spell.record_id,             -- the stay's row of the latest month
    referral.person_id,          -- pseudonym; null if the referral is not there or cannot be linked
    spell.provider_code,         -- who sent it (ODS code)
    spell.age_at_event,          -- completed years at admission
    patient.lsoa_code,           -- area of the recorded postcode; null if unknown
    patient.is_resident,         -- whether the recorded postcode lies in the city
    spell.spell_key,             -- key of the stay
    spell.referral_key,          -- the referral that it belongs to
    spell.admitted_on,           -- start of the stay
    spell.discharged_on,         -- end of the stay; null if unfinished
    spell.admission_method,      -- how the patient was admitted
    spell.admission_source,      -- where the patient came from
    spell.discharge_method,      -- how the stay ended
    spell.discharge_destination, -- where the patient went
    coalesce(ward.n_ward_stays, 0) as n_ward_stays, -- wards stayed on
    ward.bed_type,               -- type of bed on the first of them (MHSDS code)
    spell.month_number           -- month of the submission kept, counted from April 1900
from spell
left join referral on spell.provider_code = referral.provider_code and spell.referral_key = referral.referral_key -- many to one: grouped
left join patient on spell.provider_code = patient.provider_code and referral.person_id = patient.person_id -- many to one: grouped
left join ward on spell.provider_code = ward.provider_code and spell.spell_key = ward.spell_key -- one to one: grouped
where spell.latest_first = 1
