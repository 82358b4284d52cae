--! summary = "Identities of patients whom the content filter of a TPP practice's extract has taken out: what was sent of them before is left out of general practice's base tables."
--! grain = ["provider_code", "identity_id"]
--! sensitivity = "person"
--! checks = ["unique(provider_code, identity_id)"]

-- The list names a patient by the practice's own id; rows of other tables may say more and have another
-- identity of the same person.

with

person_index as (
    select identity_id, person_id from link.person_index
),

removed as (
    select line.provider_code, line.identity_id, person_index.person_id
    from record.gp_tpp_removed as line
    left join person_index on line.identity_id = person_index.identity_id -- many to one: an identity is one person
)

select
    provider_code, -- the practice (ODS code)
    identity_id    -- distinct set of identifiers of the patient
from removed
where identity_id is not null
union
select removed.provider_code, person_index.identity_id
from removed
inner join person_index on removed.person_id = person_index.person_id -- one to many: the identities of a person
