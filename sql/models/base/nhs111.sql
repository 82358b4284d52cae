--! summary = "NHS 111 calls, each with its person."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "not_null(called_at)"]

with

accepted as (
    select
        record_id, identity_id, provider_code, sex, birth_month, age_at_event, lsoa_code,
        is_resident, case_key, practice_code, called_at, disposition_code, disposition_group,
        ambulance_call_key, case_type, call_centre, is_called_by_patient, symptom_group, symptom_discriminator,
        clinical_disposition_code, clinical_disposition_group, highest_skill, needs_call_back, was_called_back,
        referral_service_type, referral_service, is_directly_booked, rejected_service, rejection_reason
    from record.nhs111
),

person_index as (
    select identity_id, person_id from link.person_index
)

select
    accepted.record_id,                  -- the accepted row
    person_index.person_id,              -- pseudonym; null if the row cannot be linked
    accepted.provider_code,              -- who sent it (ODS code)
    accepted.sex,                        -- as recorded: female, male, other
    accepted.birth_month,                -- first day of the month of birth, as recorded
    accepted.age_at_event,               -- completed years at the event
    accepted.lsoa_code,                  -- area of the recorded postcode; null if unknown
    accepted.is_resident,                -- whether the recorded postcode lies in the city
    accepted.case_key,                   -- key of the call
    accepted.practice_code,              -- practice as the caller named it
    accepted.called_at,                  -- start of the call
    accepted.disposition_code,           -- what was advised (Dx code)
    accepted.disposition_group,          -- what was advised, in a few groups
    accepted.ambulance_call_key,         -- the 999 call that it was passed to
    accepted.case_type,                  -- kind of case, in the service's words
    accepted.call_centre,                -- centre that took the call
    accepted.is_called_by_patient,       -- whether the patient called
    accepted.symptom_group,              -- main symptom (NHS Pathways)
    accepted.symptom_discriminator,      -- what decided (NHS Pathways)
    accepted.clinical_disposition_code,  -- what a clinician advised (Dx code); null if none took part
    accepted.clinical_disposition_group, -- that advice, in a few groups
    accepted.highest_skill,              -- most skilled person who took part
    accepted.needs_call_back,            -- whether a call back was needed
    accepted.was_called_back,            -- whether the caller was called back
    accepted.referral_service_type,      -- kind of service that the caller was referred to
    accepted.referral_service,           -- service that the caller was referred to
    accepted.is_directly_booked,         -- whether an appointment was booked
    accepted.rejected_service,           -- service that was offered and not taken
    accepted.rejection_reason            -- why not
from accepted
left join person_index on accepted.identity_id = person_index.identity_id -- many to one: an identity is one person
