--! summary = "Talking-therapies pathways, each once and with its person: extracts are cumulative, the latest snapshot is kept."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "unique(provider_code, pathway_key)", "not_null(referred_on)"]

with

accepted as (
    select
        record_id, identity_id, provider_code, sex, birth_month, age_at_event, lsoa_code,
        is_resident, pathway_key, period_end_on, referred_on, discharged_on, n_contacts,
        phq9_first, phq9_last, gad7_first, gad7_last,
        row_number() over (
            partition by provider_code, pathway_key order by period_end_on desc, record_id
        ) as latest_first
    from record.iapt
),

person_index as (
    select identity_id, person_id from link.person_index
)

select
    accepted.record_id,     -- the accepted row of the latest snapshot
    person_index.person_id, -- pseudonym; null if the row cannot be linked
    accepted.provider_code, -- who sent it (ODS code)
    accepted.sex,           -- as recorded: female, male, other
    accepted.birth_month,   -- first day of the month of birth, as recorded
    accepted.age_at_event,  -- completed years at the referral
    accepted.lsoa_code,     -- area of the recorded postcode; null if unknown
    accepted.is_resident,   -- whether the recorded postcode lies in the city
    accepted.pathway_key,   -- key of the pathway
    accepted.period_end_on, -- last day of the snapshot kept
    accepted.referred_on,   -- day on which the referral was received
    accepted.discharged_on, -- end of the pathway; null if open
    accepted.n_contacts,    -- contacts up to the snapshot
    accepted.phq9_first,    -- first depression score
    accepted.phq9_last,     -- last depression score
    accepted.gad7_first,    -- first anxiety score
    accepted.gad7_last      -- last anxiety score
from accepted
left join person_index on accepted.identity_id = person_index.identity_id -- many to one: an identity is one person
where accepted.latest_first = 1
union all
select
    record_id, person_id, provider_code, sex, birth_month, age_at_event, lsoa_code, is_resident, pathway_key, period_end_on,
    referred_on, discharged_on, n_contacts, cast(null as bigint) as phq9_first, cast(null as bigint) as phq9_last,
    cast(null as bigint) as gad7_first, cast(null as bigint) as gad7_last
from base.iapt_line
