--! summary = "The long-term conditions that each person has on record, in hospital or general practice."
--! grain = ["person_id", "condition"]
--! sensitivity = "person"
--! checks = ["unique(person_id, condition)", "select person_id from core.condition where first_recorded_on > last_recorded_on"]

with

coded as (
    select person_id, snomed_code as code, event_on as recorded_on, 'gp_event' as feed
    from base.gp_event
    where person_id is not null
),

episode as (
    select person_id, admitted_on as recorded_on, 'apc' as feed, code
    from base.apc_diagnosis
    where person_id is not null
),

concept as (
    select condition, code from reference.condition_code where scheme = 'snomed'
),

category as (
    select condition, code from reference.condition_code where scheme = 'icd10'
),

recorded as (
    select coded.person_id, concept.condition, coded.recorded_on, coded.feed
    from coded
    inner join concept on coded.code = concept.code -- many to many: a concept may belong to several conditions
    union all
    select episode.person_id, category.condition, episode.recorded_on, episode.feed
    from episode
    inner join category on left(episode.code, 3) = category.code -- many to many: a category may belong to several conditions
)

select
    person_id,                             -- pseudonym
    condition,                             -- the condition
    min(recorded_on) as first_recorded_on, -- first entry
    max(recorded_on) as last_recorded_on,  -- last entry
    count(*) as n_records,                 -- entries
    concat_ws(', ', case when bool_or(feed = 'apc') then 'apc' end, case when bool_or(feed = 'gp_event') then 'gp_event' end) as sources -- feeds that hold one
from recorded
where recorded_on < $as_at
group by person_id, condition
