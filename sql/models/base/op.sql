--! summary = "Outpatient appointments, attended or not, each with its person."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "not_null(appointment_on)", "not_null(attendance_status)"]

with

accepted as (
    select
        record_id, identity_id,
        -- a trust's code has three characters; some layouts fill it up to five
        case when provider_code like 'R____' then left(provider_code, 3) else provider_code end as provider_code,
        sex, birth_month, age_at_event, lsoa_code, is_resident, attendance_key, ethnic_group, practice_code, appointment_on, requested_on,
        attendance_status, first_attendance, treatment_function, hrg, attendance_type, outcome,
        referral_source, referrer_code, priority, main_specialty, site_code, diagnosis_01,
        procedure_01,
        last_missed_on, waiting_days, wait_indicator, service_requested, staff_type,
        administrative_category, carer_support, location_type, residence_commissioner_code,
        responsible_commissioner_code, practice_commissioner_code
    from record.op
),

person_index as (
    select identity_id, person_id from link.person_index
)

select
    accepted.record_id,                     -- the accepted row
    person_index.person_id,                 -- pseudonym; null if the row cannot be linked
    accepted.provider_code,                 -- who sent it (ODS code)
    accepted.sex,                           -- as recorded: female, male, other
    accepted.birth_month,                   -- first day of the month of birth, as recorded
    accepted.age_at_event,                  -- completed years at the event
    accepted.lsoa_code,                     -- area of the recorded postcode; null if unknown
    accepted.is_resident,                   -- whether the recorded postcode lies in the city
    accepted.attendance_key,                -- key of the appointment
    accepted.ethnic_group,                  -- ethnic category code; Z is not stated
    accepted.practice_code,                 -- practice as recorded at the hospital
    accepted.appointment_on,                -- day of the appointment
    accepted.requested_on,                  -- day of the referral request
    accepted.attendance_status,             -- 5 and 6 were seen, 3 and 7 did not attend
    accepted.first_attendance,              -- 1 and 3 first, 2 and 4 follow-up; 3 and 4 by telephone or video
    accepted.treatment_function,            -- specialty of treatment
    accepted.hrg,                           -- healthcare resource group
    accepted.attendance_type,               -- attended, missed or cancelled, first or subsequent, by telephone or not (HES code)
    accepted.outcome,                       -- 1 discharged, 2 another appointment given, 3 to be made later, 4 and 5 to follow-up by the patient (from 2022-23)
    accepted.referral_source,               -- who referred (CDS code)
    accepted.referrer_code,                 -- organisation that referred
    accepted.priority,                      -- 1 routine, 2 urgent, 3 two-week wait
    accepted.main_specialty,                -- specialty of the consultant
    accepted.site_code,                     -- site of the appointment
    accepted.diagnosis_01,                  -- primary diagnosis (ICD-10); null in most rows
    accepted.procedure_01,                  -- main procedure (OPCS-4); null in most rows
    accepted.last_missed_on,                -- day of the last appointment that the patient missed
    accepted.waiting_days,                  -- days from the request to the appointment, as the extract gives them
    accepted.wait_indicator,                -- 0 the wait could be computed; 1 to 5 why not (HES code)
    accepted.service_requested,             -- 1 advice, 2 a procedure, 3 other
    accepted.staff_type,                    -- 03 the lead professional, 04 a member of the team; 01 and 02 before 2005
    accepted.administrative_category,       -- 01 NHS, 02 private, 03 amenity, 04 category II patient
    accepted.carer_support,                 -- 01 the patient has the support of a carer, 02 not
    accepted.location_type,                 -- kind of place of the appointment (NHS code)
    accepted.residence_commissioner_code,   -- commissioner of the place of residence
    accepted.responsible_commissioner_code, -- commissioner who is responsible
    accepted.practice_commissioner_code     -- commissioner of the practice
from accepted
left join person_index on accepted.identity_id = person_index.identity_id -- many to one: an identity is one person
