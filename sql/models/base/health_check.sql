--! summary = "NHS Health Checks: invitations, checks and refusals, each with its person."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "accepted_range(qrisk_percent, 0, 100)"]

with

accepted as (
    select
        record_id, identity_id, provider_code, sex, birth_month, age_at_event, lsoa_code, is_resident,
        invited_on, checked_on, declined_on, qrisk_percent, systolic_mmhg, diastolic_mmhg, bmi_kg_per_m2,
        cholesterol_mmol_per_l, smoking_status
    from record.health_check
),

person_index as (
    select identity_id, person_id from link.person_index
)

select
    accepted.record_id,              -- the accepted row
    person_index.person_id,          -- pseudonym; null if the row cannot be linked
    accepted.provider_code,          -- the practice (ODS code)
    accepted.sex,                    -- as recorded: female, male, other
    accepted.birth_month,            -- first day of the month of birth, as recorded
    accepted.age_at_event,           -- completed years at the check
    accepted.lsoa_code,              -- area of the recorded postcode; null if unknown
    accepted.is_resident,            -- whether the recorded postcode lies in the city
    accepted.invited_on,             -- day of the invitation
    accepted.checked_on,             -- day of the check; null if there was none
    accepted.declined_on,            -- day on which the invitation was declined
    accepted.qrisk_percent,          -- risk of a heart attack or stroke in ten years, percent
    accepted.systolic_mmhg,          -- systolic blood pressure
    accepted.diastolic_mmhg,         -- diastolic blood pressure
    accepted.bmi_kg_per_m2,          -- body mass index
    accepted.cholesterol_mmol_per_l, -- total cholesterol
    accepted.smoking_status          -- smoking, in the practice's words
from accepted
left join person_index on accepted.identity_id = person_index.identity_id -- many to one: an identity is one person
