--! summary = "Outpatient appointments, attended or not, each with its person."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "not_null(appointment_on)", "not_null(attendance_status)"]

with

accepted as (
    select
        record_id, identity_id, provider_code, sex, birth_month, age_at_event, lsoa_code,
        is_resident, attendance_key, ethnic_group, practice_code, appointment_on, requested_on,
        attendance_status, first_attendance, treatment_function, hrg
    from record.op
),

person_index as (
    select identity_id, person_id from link.person_index
)

select
    accepted.record_id,          -- the accepted row
    person_index.person_id,      -- pseudonym; null if the row cannot be linked
    accepted.provider_code,      -- who sent it (ODS code)
    accepted.sex,                -- as recorded: female, male, other
    accepted.birth_month,        -- first day of the month of birth, as recorded
    accepted.age_at_event,       -- completed years at the event
    accepted.lsoa_code,          -- area of the recorded postcode; null if unknown
    accepted.is_resident,        -- whether the recorded postcode lies in the city
    accepted.attendance_key,     -- key of the appointment
    accepted.ethnic_group,       -- ethnic category code; Z is not stated
    accepted.practice_code,      -- practice as recorded at the hospital
    accepted.appointment_on,     -- day of the appointment
    accepted.requested_on,       -- day of the referral request
    accepted.attendance_status,  -- 5 and 6 were seen, 3 and 7 did not attend
    accepted.first_attendance,   -- 1 and 3 first, 2 and 4 follow-up; 3 and 4 by telephone or video
    accepted.treatment_function, -- specialty of treatment
    accepted.hrg                 -- healthcare resource group
from accepted
left join person_index on accepted.identity_id = person_index.identity_id -- many to one: an identity is one person
