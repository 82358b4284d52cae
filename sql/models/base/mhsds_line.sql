--! summary = "Mental-health contacts put together from the tables of the data set: contact, referral, team and patient, each as last sent."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "unique(provider_code, contact_key)", "not_null(contact_on)"]

-- A contact names no patient: its referral does. An open referral comes again every month.

with

person_index as (
    select identity_id, person_id from link.person_index
),

contact as (
    select
        record_id, provider_code, contact_key, month_number, referral_key, contact_on, age_at_event,
        consultation_mechanism, attendance_status,
        row_number() over (
            partition by provider_code, contact_key
            order by month_number desc nulls last, record_id
        ) as latest_first
    from record.mhsds_contact
),

referral as (
    select
        sent.provider_code, sent.referral_key, sent.referred_on, person_index.person_id,
        row_number() over (
            partition by sent.provider_code, sent.referral_key
            order by sent.month_number desc nulls last, sent.record_id
        ) as latest_first
    from record.mhsds_referral as sent
    left join person_index on sent.identity_id = person_index.identity_id -- many to one: an identity is one person
),

patient as (
    select
        sent.provider_code, person_index.person_id, sent.sex, sent.birth_month, sent.ethnic_group,
        sent.lsoa_code, sent.is_resident,
        row_number() over (
            partition by sent.provider_code, person_index.person_id
            order by sent.month_number desc nulls last, sent.record_id
        ) as latest_first
    from record.mhsds_mpi as sent
    inner join person_index on sent.identity_id = person_index.identity_id -- many to one: an identity is one person
    where person_index.person_id is not null
),

team as (
    select provider_code, referral_key, last_value(team_type order by month_number, record_id) as team_type
    from record.mhsds_service
    group by provider_code, referral_key
)

select
    contact.record_id,              -- the contact's row of the latest month
    referral.person_id,             -- pseudonym; null if the referral is not there or cannot be linked
    contact.provider_code,          -- who sent it (ODS code)
    patient.sex,                    -- as recorded: female, male, other
    patient.birth_month,            -- first day of the month of birth, as recorded
    contact.age_at_event,           -- completed years at the contact
    patient.lsoa_code,              -- area of the recorded postcode; null if unknown
    patient.is_resident,            -- whether the recorded postcode lies in the city
    contact.contact_key,            -- key of the contact
    contact.month_number,           -- month of the submission kept, counted from April 1900
    patient.ethnic_group,           -- ethnic category code; Z is not stated
    contact.referral_key,           -- the referral that the contact belongs to
    referral.referred_on,           -- day on which the referral was received
    team.team_type,                 -- type of mental-health team; the latest, where there are several
    contact.contact_on,             -- day of the contact
    contact.consultation_mechanism, -- how the contact took place (MHSDS code)
    contact.attendance_status       -- 5 and 6 were seen, 3 and 7 did not attend
from contact
left join referral -- many to one: the latest of a referral
    on contact.provider_code = referral.provider_code and contact.referral_key = referral.referral_key
    and referral.latest_first = 1
left join patient -- many to one: the latest of a person
    on contact.provider_code = patient.provider_code and referral.person_id = patient.person_id
    and patient.latest_first = 1
left join team on contact.provider_code = team.provider_code and contact.referral_key = team.referral_key -- many to one: grouped
where contact.latest_first = 1
