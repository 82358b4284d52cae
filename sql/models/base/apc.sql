--! summary = "Hospital episodes, each with its person."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "not_null(admitted_on)", "not_null(admission_method)"]

with

accepted as (
    select
        record_id, identity_id, provider_code, sex, birth_month, age_at_event, lsoa_code,
        is_resident, episode_key, ethnic_group, practice_code, spell_key, admitted_on,
        discharged_on, episode_start_on, episode_end_on, episode_order, episode_status,
        patient_class, admission_method, admission_source, discharge_destination, discharge_method,
        treatment_function, diagnosis_01, procedure_01, hrg, core_hrg, external_cause, episode_type,
        intended_management, main_specialty, site_code, referrer_code, decided_to_admit_on,
        ready_for_discharge_on,
        spell_begin, is_last_of_spell, is_finished_episode, is_finished_admission,
        administrative_category, legal_category, carer_support, elective_wait_days,
        referral_wait_days, referral_to_treatment_status, referral_to_treatment_from_on,
        referral_to_treatment_to_on, residence_commissioner_code, practice_commissioner_code,
        local_authority_code
    from record.apc
),

person_index as (
    select identity_id, person_id from link.person_index
)

select
    accepted.record_id,                     -- the accepted row
    person_index.person_id,                 -- pseudonym; null if the row cannot be linked
    accepted.identity_id,                   -- distinct set of identifiers; null if the row has none
    accepted.provider_code,                 -- who sent it (ODS code)
    accepted.sex,                           -- as recorded: female, male, other
    accepted.birth_month,                   -- first day of the month of birth, as recorded
    accepted.age_at_event,                  -- completed years at the event
    accepted.lsoa_code,                     -- area of the recorded postcode; null if unknown
    accepted.is_resident,                   -- whether the recorded postcode lies in the city
    accepted.episode_key,                   -- national key of the episode
    accepted.ethnic_group,                  -- ethnic category code; Z is not stated
    accepted.practice_code,                 -- practice as recorded at the hospital
    accepted.spell_key,                     -- provider spell number; null if unspellable
    accepted.admitted_on,                   -- start of the hospital stay
    accepted.discharged_on,                 -- end of the hospital stay; null if unfinished
    accepted.episode_start_on,              -- start under this consultant
    accepted.episode_end_on,                -- end under this consultant
    accepted.episode_order,                 -- place of the episode in its spell
    accepted.episode_status,                -- 1 unfinished, 3 finished
    accepted.patient_class,                 -- 1 ordinary, 2 day case, 3 and 4 regular, 5 mother and baby
    accepted.admission_method,              -- how the patient was admitted (CDS code)
    accepted.admission_source,              -- where the patient came from (CDS code)
    accepted.discharge_destination,         -- where the patient went (CDS code)
    accepted.discharge_method,              -- how the stay ended; 4 is died
    accepted.treatment_function,            -- specialty of treatment
    accepted.diagnosis_01,                  -- primary diagnosis (ICD-10); the others are in base.apc_diagnosis
    accepted.procedure_01,                  -- main procedure (OPCS-4); the others are in base.apc_procedure
    accepted.hrg,                           -- healthcare resource group
    accepted.core_hrg,                      -- healthcare resource group before unbundling
    accepted.external_cause,                -- external cause of an injury (ICD-10)
    accepted.episode_type,                  -- 1 general, 2 and 5 delivery, 3 and 6 birth, 4 psychiatric census
    accepted.intended_management,           -- what was meant to be: 1 a night or more, 2 none, 3 to 5 a series
    accepted.main_specialty,                -- specialty of the consultant
    accepted.site_code,                     -- site of treatment
    accepted.referrer_code,                 -- organisation that referred
    accepted.decided_to_admit_on,           -- day of the decision to admit
    accepted.ready_for_discharge_on,        -- day from which the patient could have gone
    accepted.spell_begin,                   -- 2 first episode of a spell of this year, 1 of an earlier one, 0 a later episode
    accepted.is_last_of_spell,              -- whether the extract takes the episode for the last of its spell
    accepted.is_finished_episode,           -- whether it counts among finished consultant episodes, as the extract says
    accepted.is_finished_admission,         -- whether it counts among finished admission episodes, as the extract says
    accepted.administrative_category,       -- 01 NHS, 02 private, 03 amenity, 04 category II patient
    accepted.legal_category,                -- 01 informal, otherwise the section that the patient is detained under (HES code)
    accepted.carer_support,                 -- 01 the patient has the support of a carer, 02 not
    accepted.elective_wait_days,            -- days from the decision to admit to the admission, as the extract gives them
    accepted.referral_wait_days,            -- days from referral to treatment, as the extract gives them
    accepted.referral_to_treatment_status,  -- what the episode is to the referral-to-treatment period (NHS code)
    accepted.referral_to_treatment_from_on, -- start of the referral-to-treatment period
    accepted.referral_to_treatment_to_on,   -- end of the referral-to-treatment period
    accepted.residence_commissioner_code,   -- commissioner of the place of residence
    accepted.practice_commissioner_code,    -- commissioner of the practice
    accepted.local_authority_code           -- local authority of residence (ONS code)
from accepted
left join person_index on accepted.identity_id = person_index.identity_id -- many to one: an identity is one person
