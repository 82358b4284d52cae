--! summary = "GP prescription issues, each with its person."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "not_null(issued_on)", "not_null(bnf_code)"]

with

accepted as (
    select
        record_id, identity_id, provider_code, age_at_event, issue_key, issued_on, bnf_code,
        quantity, course_days, cost_pence
    from record.gp_prescription
),

person_index as (
    select identity_id, person_id from link.person_index
)

select
    accepted.record_id,     -- the accepted row
    person_index.person_id, -- pseudonym; null if the row cannot be linked
    accepted.provider_code, -- who sent it (ODS code)
    accepted.age_at_event,  -- completed years at the event
    accepted.issue_key,     -- key of the issue
    accepted.issued_on,     -- day of issue
    accepted.bnf_code,      -- what was prescribed (BNF)
    accepted.quantity,      -- how much
    accepted.course_days,   -- days of treatment
    accepted.cost_pence     -- estimated cost to the NHS
from accepted
left join person_index on accepted.identity_id = person_index.identity_id -- many to one: an identity is one person
