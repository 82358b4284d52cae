--! summary = "Lines of a demographic index, each with its person: who somebody is, and nothing about where they are registered."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)"]

with

accepted as (
    select record_id, identity_id, sex, birth_month, died_on from record.demographic
),

person_index as (
    select identity_id, person_id from link.person_index
)

select
    accepted.record_id,     -- the accepted row
    person_index.person_id, -- pseudonym; null if the row cannot be linked
    accepted.sex,           -- as recorded: female, male, other
    accepted.birth_month,   -- first day of the month of birth, as recorded
    accepted.died_on        -- day of death as the index holds it
from accepted
left join person_index on accepted.identity_id = person_index.identity_id -- many to one: an identity is one person
