--! summary = "GP prescription issues, each with its person, the drug in BNF or in dm+d."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "not_null(issued_on)"]

with

accepted as (
    select
        record_id, identity_id, provider_code, age_at_event, issue_key, issued_on, bnf_code, dmd_code,
        code_key, cost_pence,
        -- TPP writes "28 tablets", and a course by its last day
        coalesce(quantity, try_cast(split_part(trim(quantity_text), ' ', 1) as double)) as quantity,
        coalesce(course_days, cast(course_ended_on - issued_on as bigint)) as course_days
    from record.gp_prescription
),

person_index as (
    select identity_id, person_id from link.person_index
),

organisation as (
    select organisation_key, max(ods_code) as ods_code
    from record.gp_organisation
    group by organisation_key
),

drug as (
    select code_key, last_value(dmd_code order by processing_id, record_id) as dmd_code
    from record.gp_drug_code
    group by code_key
)

select
    accepted.record_id,                                                       -- the accepted row
    person_index.person_id,                                                   -- pseudonym; null if the row cannot be linked
    coalesce(organisation.ods_code, accepted.provider_code) as provider_code, -- who sent it (ODS code)
    accepted.age_at_event,                                                    -- completed years at the event
    accepted.issue_key,                                                       -- key of the issue
    accepted.issued_on,                                                       -- day of issue
    accepted.bnf_code,                                                        -- what was prescribed (BNF); null where the system sends dm+d
    coalesce(accepted.dmd_code, drug.dmd_code) as dmd_code,                   -- what was prescribed (dm+d); null where the system sends BNF
    accepted.quantity,                                                        -- how much; null if no number is given
    accepted.course_days,                                                     -- days of treatment
    accepted.cost_pence                                                       -- estimated cost to the NHS
from accepted
left join person_index on accepted.identity_id = person_index.identity_id -- many to one: an identity is one person
left join organisation on accepted.provider_code = organisation.organisation_key -- many to one: grouped
left join drug on accepted.code_key = drug.code_key -- many to one: grouped
