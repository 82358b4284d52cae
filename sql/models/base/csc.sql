--! summary = "Episodes of care of looked-after children, each with its person; who the child is may be in the header of the return."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "not_null(started_on)", "not_null(placement)"]

with

accepted as (
    select
        record_id, identity_id, provider_code, sex, birth_month, age_at_event, lsoa_code,
        is_resident, ethnicity_description, started_on, reason_new_episode, legal_status,
        need_category, placement, ended_on, reason_ceased
    from record.csc
),

person_index as (
    select identity_id, person_id from link.person_index
),

header as (
    select
        person_index.person_id, max(child.sex) as sex, max(child.birth_month) as birth_month,
        max(child.ethnicity_description) as ethnicity_description
    from record.csc_header as child
    inner join person_index on child.identity_id = person_index.identity_id -- many to one: an identity is one person
    where person_index.person_id is not null
    group by person_index.person_id
)

select
    accepted.record_id,                                                                               -- the accepted row
    person_index.person_id,                                                                           -- pseudonym; null if the row cannot be linked
    accepted.provider_code,                                                                           -- the council
    coalesce(accepted.sex, header.sex) as sex,                                                        -- as recorded: female, male, other
    coalesce(accepted.birth_month, header.birth_month) as birth_month,                                -- first day of the month of birth, as recorded
    accepted.age_at_event,                                                                            -- completed years at the event; null where the birth date is in the header
    accepted.lsoa_code,                                                                               -- area of the recorded postcode; null if unknown
    accepted.is_resident,                                                                             -- whether the recorded postcode lies in the city
    coalesce(accepted.ethnicity_description, header.ethnicity_description) as ethnicity_description, -- ethnic group in the return's own words
    accepted.started_on,                                                                              -- start of the episode of care
    accepted.reason_new_episode,                                                                      -- S first, others change within a period of care
    accepted.legal_status,                                                                            -- legal status code
    accepted.need_category,                                                                           -- category of need
    accepted.placement,                                                                               -- type of placement
    accepted.ended_on,                                                                                -- end of the episode; null if open
    accepted.reason_ceased                                                                            -- why it ended
from accepted
left join person_index on accepted.identity_id = person_index.identity_id -- many to one: an identity is one person
left join header on person_index.person_id = header.person_id -- many to one: grouped
