--! summary = "GP prescription issues, each with its person, the drug in BNF and in dm+d as far as each is known."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "not_null(issued_on)"]

-- Systems name a drug in dm+d, EMIS by a number of its own that leads there. From dm+d to the BNF leads
-- what is published of it (`area.bnf_snomed`): where a pipeline does not take that in, or it gives a
-- product several codes, an issue in dm+d has no BNF code.

with

removed as (
    select provider_code, identity_id from base.gp_removed
),

accepted as (
    select
        record_id, identity_id, provider_code, age_at_event, issue_key, authorisation_key, issued_on, bnf_code, dmd_code,
        code_key, cost_pence, is_repeat, is_private,
        -- TPP writes "28 tablets", and a course by its last day
        coalesce(quantity, try_cast(split_part(trim(quantity_text), ' ', 1) as double)) as quantity,
        coalesce(course_days, cast(course_ended_on - issued_on as bigint)) as course_days
    from record.gp_prescription as line
    where not exists (
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
),

drug as (
    select code_key, last_value(dmd_code order by processing_id, record_id) as dmd_code
    from record.gp_drug_code
    group by code_key
),

course as (
    select
        provider_code, authorisation_key,
        last_value(prescription_type order by processing_id, record_id) as prescription_type,
        last_value(n_issues_authorised order by processing_id, record_id) as n_issues_authorised
    from record.gp_course
    group by provider_code, authorisation_key
),

-- the last that was published of a product
published as (
    select dmd_code, bnf_code, rank() over (partition by dmd_code order by vintage desc) as vintage_rank
    from area.bnf_snomed
),

bnf as (
    select dmd_code, case when min(bnf_code) = max(bnf_code) then min(bnf_code) end as bnf_code
    from published
    where vintage_rank = 1
    group by dmd_code
)

select
    accepted.record_id,                                                       -- the accepted row
    person_index.person_id,                                                   -- pseudonym; null if the row cannot be linked
    coalesce(organisation.ods_code, accepted.provider_code) as provider_code, -- who sent it (ODS code)
    accepted.age_at_event,                                                    -- completed years at the event
    accepted.issue_key,                                                       -- key of the issue
    accepted.issued_on,                                                       -- day of issue
    coalesce(accepted.bnf_code, bnf.bnf_code) as bnf_code,                    -- what was prescribed (BNF); null where the system sends dm+d and no look-up tells
    coalesce(accepted.dmd_code, drug.dmd_code) as dmd_code,                   -- what was prescribed (dm+d); null where the system sends BNF
    accepted.quantity,                                                        -- how much; null if no number is given
    accepted.course_days,                                                     -- days of treatment
    accepted.cost_pence,                                                      -- estimated cost to the NHS
    coalesce(
        accepted.is_repeat,
        case when course.prescription_type like 'Repeat%' then true when course.prescription_type = 'Acute' then false end
    ) as is_repeat,                                                           -- whether it is an issue of a repeat; null if unknown
    course.n_issues_authorised,                                               -- issues that its authorisation allows; null if unknown
    accepted.is_private                                                       -- prescribed at the patient's own cost; null if unknown
from accepted
left join person_index on accepted.identity_id = person_index.identity_id -- many to one: an identity is one person
left join organisation on accepted.provider_code = organisation.organisation_key -- many to one: grouped
left join drug on accepted.code_key = drug.code_key -- many to one: grouped
left join course -- many to one: grouped
    on accepted.provider_code = course.provider_code and accepted.authorisation_key = course.authorisation_key
left join bnf on coalesce(accepted.dmd_code, drug.dmd_code) = bnf.dmd_code -- many to one: grouped
