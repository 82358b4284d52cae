--! summary = "Referrals of the community, mental-health and talking-therapies data sets, each as last sent, with the patient whom it is about."
--! grain = ["data_set", "provider_code", "referral_key"]
--! sensitivity = "person"
--! checks = ["unique(data_set, provider_code, referral_key)", "unique(record_id)", "one_of(data_set, 'csds', 'mhsds', 'iapt')", "not_null(referred_on)"]

-- The three are of one build: a table of patients, one of referrals that names them by the local id, and
-- tables of what was done that name the referral. A month is sent whole and may be sent again; an open
-- referral comes every month.

with

person_index as (
    select identity_id, person_id from link.person_index
),

sent as (
    select
        'csds' as data_set, record_id, identity_id, provider_code, referral_key, month_number, submission_key,
        age_at_event, referred_on, discharged_on
    from record.csds_referral
    union all
    select
        'mhsds' as data_set, record_id, identity_id, provider_code, referral_key, month_number, submission_key,
        age_at_event, referred_on, discharged_on
    from record.mhsds_referral
    union all
    select
        'iapt' as data_set, record_id, identity_id, provider_code, pathway_key as referral_key, month_number,
        submission_key, age_at_event, referred_on, discharged_on
    from record.iapt_referral
),

referral as (
    select
        sent.data_set, sent.record_id, sent.provider_code, sent.referral_key, sent.month_number, sent.age_at_event,
        sent.referred_on, sent.discharged_on, person_index.person_id,
        row_number() over (
            partition by sent.data_set, sent.provider_code, sent.referral_key
            order by sent.month_number desc nulls last, lpad(sent.submission_key, 40, '0') desc nulls last, sent.record_id
        ) as latest_first
    from sent
    left join person_index on sent.identity_id = person_index.identity_id -- many to one: an identity is one person
),

patient_sent as (
    select
        'csds' as data_set, record_id, identity_id, provider_code, month_number, submission_key, sex, birth_month,
        ethnic_group, lsoa_code, is_resident
    from record.csds_mpi
    union all
    select
        'mhsds' as data_set, record_id, identity_id, provider_code, month_number, submission_key, sex, birth_month,
        ethnic_group, lsoa_code, is_resident
    from record.mhsds_mpi
    union all
    select
        'iapt' as data_set, record_id, identity_id, provider_code, month_number, submission_key, sex, birth_month,
        ethnic_group, lsoa_code, is_resident
    from record.iapt_mpi
),

patient as (
    select
        sent.data_set, sent.provider_code, person_index.person_id, sent.sex, sent.birth_month, sent.ethnic_group,
        sent.lsoa_code, sent.is_resident,
        row_number() over (
            partition by sent.data_set, sent.provider_code, person_index.person_id
            order by sent.month_number desc nulls last, lpad(sent.submission_key, 40, '0') desc nulls last, sent.record_id
        ) as latest_first
    from patient_sent as sent
    inner join person_index on sent.identity_id = person_index.identity_id -- many to one: an identity is one person
    where person_index.person_id is not null
)

select
    referral.data_set,      -- csds, mhsds or iapt
    referral.provider_code, -- who sent it (ODS code)
    referral.referral_key,  -- key of the referral; in talking therapies of the pathway
    referral.record_id,     -- the referral's row of the latest month
    referral.person_id,     -- pseudonym; null if the row cannot be linked
    referral.month_number,  -- month of that row, counted from April 1900
    referral.age_at_event,  -- completed years at the referral
    referral.referred_on,   -- day on which the referral was received
    referral.discharged_on, -- day on which it ended; null if open
    patient.sex,            -- as recorded: female, male, other
    patient.birth_month,    -- first day of the month of birth, as recorded
    patient.ethnic_group,   -- ethnic category code; Z is not stated
    patient.lsoa_code,      -- area of the recorded postcode; null if unknown
    patient.is_resident     -- whether the recorded postcode lies in the city
from referral
left join patient -- many to one: the latest of a person
    on referral.data_set = patient.data_set and referral.provider_code = patient.provider_code
    and referral.person_id = patient.person_id and patient.latest_first = 1
where referral.latest_first = 1
