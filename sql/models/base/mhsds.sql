--! summary = "Mental-health contacts, each once and with its person: an open referral is sent again every month, the latest month is kept."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "unique(provider_code, contact_key)", "not_null(contact_on)", "not_null(attendance_status)"]

with

accepted as (
    select
        record_id, identity_id, provider_code, sex, birth_month, age_at_event, lsoa_code,
        is_resident, contact_key, month_number, ethnic_group, practice_code, referral_key,
        referred_on, team_type, contact_on, consultation_mechanism, attendance_status,
        row_number() over (
            partition by provider_code, contact_key order by month_number desc nulls last, record_id
        ) as latest_first
    from record.mhsds
),

person_index as (
    select identity_id, person_id from link.person_index
)

select
    accepted.record_id,              -- the accepted row of the latest month
    person_index.person_id,          -- pseudonym; null if the row cannot be linked
    accepted.provider_code,          -- who sent it (ODS code)
    accepted.sex,                    -- as recorded: female, male, other
    accepted.birth_month,            -- first day of the month of birth, as recorded
    accepted.age_at_event,           -- completed years at the contact
    accepted.lsoa_code,              -- area of the recorded postcode; null if unknown
    accepted.is_resident,            -- whether the recorded postcode lies in the city
    accepted.contact_key,            -- key of the contact
    accepted.month_number,           -- month of the submission kept, counted from April 1900
    accepted.ethnic_group,           -- ethnic category code; Z is not stated
    accepted.practice_code,          -- practice as recorded by the service
    accepted.referral_key,           -- the referral that the contact belongs to
    accepted.referred_on,            -- day on which the referral was received
    accepted.team_type,              -- type of mental-health team
    accepted.contact_on,             -- day of the contact
    accepted.consultation_mechanism, -- how the contact took place (MHSDS code)
    accepted.attendance_status       -- 5 and 6 were seen, 3 and 7 did not attend
from accepted
left join person_index on accepted.identity_id = person_index.identity_id -- many to one: an identity is one person
where accepted.latest_first = 1
union all
select
    record_id, person_id, provider_code, sex, birth_month, age_at_event, lsoa_code, is_resident, contact_key, month_number,
    ethnic_group, practice_code, referral_key, referred_on, team_type, contact_on,
    consultation_mechanism, attendance_status
from base.mhsds_line
