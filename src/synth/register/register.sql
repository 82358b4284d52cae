--! summary = "Rows of register and the persons they were linked to."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)"]

with

record as (
    select record_id, identity_id from record.register
),

person as (
    select identity_id, person_id from link.person_index
)

select
    record.record_id,                                        -- the row
    person.person_id                                         -- pseudonym; null if it says too little
from record
left join person on record.identity_id = person.identity_id  -- many to one: the index has each identity once
