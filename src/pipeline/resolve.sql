with

line as (
    select person_id, became_person_id, change, "on", present_person_id
    from link.ledger
    where person_id = $person or became_person_id = $person
),

merged as (
    select present_person_id, "on" from line where person_id = $person and change = 'merged'
),

split as (
    select distinct became_person_id from line where person_id = $person and change = 'split'
),

parts as (
    select string_agg(cast(became_person_id as varchar), ' ' order by became_person_id) as split_off from split
),

seen as (
    select min("on") as since_on from line
)

select
    $person as person_id,                                                -- the id that was asked about
    coalesce(merged.present_person_id, $person) as present_person_id,    -- the id of the same person today
    seen.since_on,                                                       -- the run in which the id came to be
    merged."on" as merged_on,                                            -- the run in which it was given up for another; null if it is in use
    parts.split_off                                                      -- ids of those who were parted from it; null if nobody was
from seen
cross join parts -- one to one
left join merged on true -- one to one: an id is given up once
where seen.since_on is not null
