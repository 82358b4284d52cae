--! summary = "GP appointments, each with its person."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "not_null(appointment_on)"]

with

removed as (
    select provider_code, identity_id from base.gp_removed
),

accepted as (
    select
        record_id, identity_id, provider_code, age_at_event, slot_key, appointment_on, start_time,
        planned_minutes, staff_group, did_not_attend, consultation_mode, appointment_status, is_telephone
    from record.gp_appointment as line
    -- a practice of TPP's also sees what the patient has booked elsewhere: that is for the other to send
    where (organisation_code is null or organisation_code = provider_code)
        and not exists (
            select 1 from removed
            where removed.provider_code = line.provider_code and removed.identity_id = line.identity_id
        )
),

person_index as (
    select identity_id, person_id from link.person_index
),

organisation as (
    select organisation_key, max(ods_code) as ods_code
    from record.gp_organisation
    group by organisation_key
)

select
    accepted.record_id,                                                       -- the accepted row
    person_index.person_id,                                                   -- pseudonym; null if the row cannot be linked
    coalesce(organisation.ods_code, accepted.provider_code) as provider_code, -- who sent it (ODS code)
    accepted.age_at_event,                                                    -- completed years at the event
    accepted.slot_key,                                                        -- key of the slot
    accepted.appointment_on,                                                  -- day of the appointment
    accepted.start_time,                                                      -- start, HH:MM
    accepted.planned_minutes,                                                 -- planned length
    accepted.staff_group,                                                     -- who held the session
    coalesce(
        accepted.did_not_attend,
        accepted.appointment_status in ('Did Not Attend', 'No Access Visit')
    ) as did_not_attend,                                                      -- whether the patient stayed away
    accepted.appointment_status in (
        'Arrived', 'Waiting', 'In Progress', 'Finished', 'Visit', 'Patient Walked Out'
    ) as was_held,                                                            -- whether it took place; null where the system sends no status
    coalesce(
        accepted.consultation_mode, case when accepted.is_telephone then 'Telephone' end
    ) as consultation_mode                                                    -- face to face, telephone, …
from accepted
left join person_index on accepted.identity_id = person_index.identity_id -- many to one: an identity is one person
left join organisation on accepted.provider_code = organisation.organisation_key -- many to one: grouped
