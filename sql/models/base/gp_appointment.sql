--! summary = "GP appointments, each with its person."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "not_null(appointment_on)"]

with

accepted as (
    select
        record_id, identity_id, provider_code, age_at_event, slot_key, appointment_on, start_time,
        planned_minutes, staff_group, did_not_attend, consultation_mode
    from record.gp_appointment
),

person_index as (
    select identity_id, person_id from link.person_index
)

select
    accepted.record_id,        -- the accepted row
    person_index.person_id,    -- pseudonym; null if the row cannot be linked
    accepted.provider_code,    -- who sent it (ODS code)
    accepted.age_at_event,     -- completed years at the event
    accepted.slot_key,         -- key of the slot
    accepted.appointment_on,   -- day of the appointment
    accepted.start_time,       -- start, HH:MM
    accepted.planned_minutes,  -- planned length
    accepted.staff_group,      -- who held the session
    accepted.did_not_attend,   -- whether the patient stayed away
    accepted.consultation_mode -- face to face, telephone, …
from accepted
left join person_index on accepted.identity_id = person_index.identity_id -- many to one: an identity is one person
