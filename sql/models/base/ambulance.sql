--! summary = "999 incidents, one row each however many vehicles were sent, with the person that the crews identified."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "unique(provider_code, call_key)", "not_null(called_at)"]

with

accepted as (
    select
        record_id, identity_id, provider_code, sex, birth_month, lsoa_code, is_resident, call_key,
        vehicle_number, called_at, at_scene_at, at_destination_at, chief_complaint, priority,
        hospital_code, hospital_name, call_type, call_method, journey_type, pickup_location_type, left_scene_at,
        handed_over_at, clear_at,
        -- dispatch writes "80Y"; months, weeks and days are of infants
        coalesce(
            age_at_event,
            case
                when upper(age_text) like '%Y' then try_cast(left(trim(age_text), length(trim(age_text)) - 1) as int)
                when regexp_like(upper(age_text), '^[0-9]+[MWD]$') then 0
            end
        ) as age_at_event
    from record.ambulance
),

person_index as (
    select identity_id, person_id from link.person_index
),

vehicle as (
    select
        accepted.record_id, person_index.person_id, accepted.provider_code, accepted.sex,
        accepted.birth_month, accepted.age_at_event, accepted.lsoa_code, accepted.is_resident,
        accepted.call_key, accepted.called_at, accepted.at_scene_at, accepted.at_destination_at,
        accepted.chief_complaint, accepted.priority, accepted.hospital_code, accepted.hospital_name,
        accepted.vehicle_number, accepted.call_type, accepted.call_method, accepted.journey_type,
        accepted.pickup_location_type, accepted.left_scene_at, accepted.handed_over_at, accepted.clear_at,
        -- what is known about the patient comes from one vehicle: the first that identified one
        row_number() over (
            partition by accepted.provider_code, accepted.call_key
            order by person_index.person_id is null, accepted.birth_month is null,
                accepted.birth_month is null and accepted.age_at_event is null,
                accepted.vehicle_number, accepted.record_id
        ) as best_known
    from accepted
    left join person_index on accepted.identity_id = person_index.identity_id -- many to one: an identity is one person
)

select
    min(record_id) filter (where best_known = 1) as record_id,             -- row of the vehicle that identified the patient
    min(person_id) filter (where best_known = 1) as person_id,             -- pseudonym; null if no vehicle's row can be linked
    provider_code,                                                         -- who sent it (ODS code)
    min(sex) filter (where best_known = 1) as sex,                         -- as recorded: female, male, other
    min(birth_month) filter (where best_known = 1) as birth_month,         -- first day of the month of birth, as recorded
    min(age_at_event) filter (where best_known = 1) as age_at_event,       -- completed years at the call
    min(lsoa_code) filter (where best_known = 1) as lsoa_code,             -- area of the patient's home postcode; null if unknown
    bool_or(is_resident) filter (where best_known = 1) as is_resident,     -- whether that postcode lies in the city
    call_key,                                                              -- key of the call
    count(*) as n_vehicles,                                                -- vehicles sent
    min(called_at) as called_at,                                           -- when the call came
    min(at_scene_at) as at_scene_at,                                       -- when the first vehicle arrived
    max(at_destination_at) as at_destination_at,                           -- when the patient reached a hospital; null if not conveyed
    min(chief_complaint) filter (where best_known = 1) as chief_complaint, -- complaint, in the service's words
    min(priority) as priority,                                             -- category of the call, 1 the most urgent
    min(hospital_code) as hospital_code,                                   -- hospital reached; null if not conveyed or not coded
    min(hospital_name) as hospital_name,                                   -- hospital reached, in the service's words
    min(call_type) as call_type,                                           -- emergency or routine; null if not said
    min(call_method) as call_method,                                       -- how the call came: 999, 111, police …
    min(journey_type) as journey_type,                                     -- what the journey was for
    min(pickup_location_type) as pickup_location_type,                     -- care home, prison …; null if neither
    max(left_scene_at) as left_scene_at,                                   -- when the last vehicle left the scene
    max(handed_over_at) as handed_over_at,                                 -- when the hospital took the patient over
    max(clear_at) as clear_at                                              -- when the last vehicle was free again
from vehicle
group by provider_code, call_key
