--! summary = "Community contacts put together from the tables of the data set: contact, referral, team, patient and practice, each as last sent."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "not_null(contact_on)"]

-- A contact names no patient: its referral does. A month is sent whole and may be sent again.

with

contact as (
    select
        record_id, provider_code, contact_key, referral_key, contact_on, age_at_event,
        consultation_mechanism, attendance_status,
        row_number() over (
            partition by provider_code, referral_key, contact_key
            order by month_number desc nulls last, lpad(submission_key, 40, '0') desc nulls last, record_id
        ) as latest_first
    from record.csds_contact
),

referral as (
    select
        provider_code, referral_key, person_id, referred_on, sex, birth_month, ethnic_group, lsoa_code, is_resident
    from base.service_referral
    where data_set = 'csds'
),

practice as (
    select provider_code, person_id, practice_code, from_on, to_on from base.service_practice where data_set = 'csds'
),

team as (
    select provider_code, referral_key, last_value(team_type order by month_number, record_id) as team_type
    from record.csds_service
    group by provider_code, referral_key
)

select
    contact.record_id,              -- the contact's row of the latest month
    referral.person_id,             -- pseudonym; null if the referral is not there or cannot be linked
    contact.provider_code,          -- who sent it (ODS code)
    referral.sex,                   -- as recorded: female, male, other
    referral.birth_month,           -- first day of the month of birth, as recorded
    contact.age_at_event,           -- completed years at the contact
    referral.lsoa_code,             -- area of the recorded postcode; null if unknown
    referral.is_resident,           -- whether the recorded postcode lies in the city
    contact.contact_key,            -- key of the contact
    referral.ethnic_group,          -- ethnic category code; Z is not stated
    practice.practice_code,         -- practice on the day of the contact, as the service has it
    contact.referral_key,           -- the referral that the contact belongs to
    referral.referred_on,           -- day on which the referral was received
    team.team_type,                 -- type of community team; the latest, where there are several
    contact.contact_on,             -- day of the contact
    contact.consultation_mechanism, -- how the contact took place (CSDS code)
    contact.attendance_status       -- 5 and 6 were seen, 3 and 7 did not attend
from contact
left join referral -- many to one: the latest of a referral
    on contact.provider_code = referral.provider_code and contact.referral_key = referral.referral_key
left join practice -- many to one: the periods of a person do not overlap
    on contact.provider_code = practice.provider_code and referral.person_id = practice.person_id
    and contact.contact_on >= practice.from_on and (practice.to_on is null or contact.contact_on < practice.to_on)
left join team on contact.provider_code = team.provider_code and contact.referral_key = team.referral_key -- many to one: grouped
where contact.latest_first = 1
