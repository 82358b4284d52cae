--! summary = "Stays in mental-health hospitals, each once and with its person: as sent in the latest month."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "unique(provider_code, spell_key)", "not_null(admitted_on)", "select record_id from base.mhsds_spell where discharged_on < admitted_on"]

with

spell as (
    select
        record_id, provider_code, spell_key, referral_key, age_at_event, admitted_on, discharged_on,
        admission_method, admission_source, discharge_method, discharge_destination, month_number,
        row_number() over (
            partition by provider_code, spell_key
            order by month_number desc nulls last, lpad(submission_key, 40, '0') desc nulls last, record_id
        ) as latest_first
    from record.mhsds_spell
),

referral as (
    select provider_code, referral_key, person_id, lsoa_code, is_resident from base.service_referral where data_set = 'mhsds'
),

stay as (
    select
        provider_code, spell_key, ward_stay_key, bed_type, started_on,
        row_number() over (
            partition by provider_code, ward_stay_key
            order by month_number desc nulls last, lpad(submission_key, 40, '0') desc nulls last, record_id
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
    referral.lsoa_code,          -- area of the recorded postcode; null if unknown
    referral.is_resident,        -- whether the recorded postcode lies in the city
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
left join referral -- many to one: the latest of a referral
    on spell.provider_code = referral.provider_code and spell.referral_key = referral.referral_key
left join ward on spell.provider_code = ward.provider_code and spell.spell_key = ward.spell_key -- one to one: grouped
where spell.latest_first = 1
