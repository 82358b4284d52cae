--! summary = "Accident and emergency attendances as sent, each with its person."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "not_null(arrived_on)"]

with

accepted as (
    select
        record_id, identity_id, provider_code, sex, birth_month, age_at_event, lsoa_code,
        is_resident, attendance_key, ethnic_group, practice_code, department_type, arrived_on,
        arrival_time, departed_on, departure_time, arrival_mode, attendance_category, acuity,
        chief_complaint, discharge_destination, ambulance_call_key, hrg, site_code, seen_on,
        seen_time, concluded_on, conclusion_time, decided_to_admit_on, decided_to_admit_time,
        minutes_in_department, attendance_source, discharge_status, ambulance_trust_code,
        minutes_to_assessment, minutes_to_treatment, minutes_to_decision, minutes_to_conclusion,
        assessed_on, assessment_time, discharge_follow_up, accommodation_status,
        traced_practice_code, source_organisation_code, receiving_site_code,
        chief_complaint_extended, injured_on, injury_time, injury_intent, injury_mechanism,
        injury_activity_status, injury_activity_type, injury_place, commissioner_code,
        residence_commissioner_code, overseas_charging_category, tariff_pence
    from record.ecds
),

person_index as (
    select identity_id, person_id from link.person_index
)

select
    accepted.record_id,                   -- the accepted row
    person_index.person_id,               -- pseudonym; null if the row cannot be linked
    accepted.provider_code,               -- who sent it (ODS code)
    accepted.sex,                         -- as recorded: female, male, other
    accepted.birth_month,                 -- first day of the month of birth, as recorded
    accepted.age_at_event,                -- completed years at the event
    accepted.lsoa_code,                   -- area of the recorded postcode; null if unknown
    accepted.is_resident,                 -- whether the recorded postcode lies in the city
    accepted.attendance_key,              -- key of the attendance
    accepted.ethnic_group,                -- ethnic category code; Z is not stated
    accepted.practice_code,               -- practice as recorded at the department
    accepted.department_type,             -- 01 major, 02 single specialty, 03 urgent treatment, 04 walk-in, 05 same-day emergency care
    accepted.arrived_on,                  -- day of arrival
    accepted.arrival_time,                -- time of arrival, HH:MM
    accepted.departed_on,                 -- day of departure
    accepted.departure_time,              -- time of departure, HH:MM
    accepted.arrival_mode,                -- how the patient came (SNOMED CT)
    accepted.attendance_category,         -- 1 first, 2 planned follow-up, 3 unplanned follow-up
    accepted.acuity,                      -- urgency at first assessment (SNOMED CT)
    accepted.chief_complaint,             -- complaint at arrival (SNOMED CT)
    accepted.discharge_destination,       -- where the patient went (SNOMED CT)
    accepted.ambulance_call_key,          -- the 999 call that brought the patient
    accepted.hrg,                         -- healthcare resource group
    accepted.site_code,                   -- site of the department
    accepted.seen_on,                     -- day on which treatment began
    accepted.seen_time,                   -- time at which treatment began, HH:MM
    accepted.concluded_on,                -- day on which treatment ended
    accepted.conclusion_time,             -- time at which treatment ended, HH:MM
    accepted.decided_to_admit_on,         -- day of the decision to admit
    accepted.decided_to_admit_time,       -- time of the decision to admit, HH:MM
    accepted.minutes_in_department,       -- minutes from arrival to departure, as the extract gives them
    accepted.attendance_source,           -- who sent the patient (SNOMED CT)
    accepted.discharge_status,            -- how the attendance ended (SNOMED CT)
    accepted.ambulance_trust_code,        -- trust whose ambulance brought the patient
    accepted.minutes_to_assessment,       -- minutes from arrival to the first assessment, as the extract gives them
    accepted.minutes_to_treatment,        -- minutes from arrival to treatment, as the extract gives them
    accepted.minutes_to_decision,         -- minutes from arrival to the decision to admit, as the extract gives them
    accepted.minutes_to_conclusion,       -- minutes from arrival to the end of treatment, as the extract gives them
    accepted.assessed_on,                 -- day of the first assessment
    accepted.assessment_time,             -- time of the first assessment, HH:MM
    accepted.discharge_follow_up,         -- follow-up that was arranged (SNOMED CT)
    accepted.accommodation_status,        -- where the patient lives (SNOMED CT)
    accepted.traced_practice_code,        -- practice as the Personal Demographics Service has it
    accepted.source_organisation_code,    -- organisation that sent the patient
    accepted.receiving_site_code,         -- site that the patient was transferred to
    accepted.chief_complaint_extended,    -- complaint at arrival in the extended list (SNOMED CT)
    accepted.injured_on,                  -- day of the injury
    accepted.injury_time,                 -- time of the injury, HH:MM
    accepted.injury_intent,               -- accident, assault, self-harm … (SNOMED CT)
    accepted.injury_mechanism,            -- how the injury came about (SNOMED CT)
    accepted.injury_activity_status,      -- what the patient was doing: work, leisure … (SNOMED CT)
    accepted.injury_activity_type,        -- what exactly the patient was doing (SNOMED CT)
    accepted.injury_place,                -- kind of place of the injury (SNOMED CT)
    accepted.commissioner_code,           -- commissioner who pays
    accepted.residence_commissioner_code, -- commissioner of the place of residence
    accepted.overseas_charging_category,  -- category of charging of overseas visitors (NHS code)
    accepted.tariff_pence                 -- national price of the attendance, as the extract gives it
from accepted
left join person_index on accepted.identity_id = person_index.identity_id -- many to one: an identity is one person
