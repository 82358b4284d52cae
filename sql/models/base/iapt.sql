--! summary = "Talking-therapies pathways, each once and with its person and outcome: extracts are cumulative, the latest snapshot is kept."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "unique(provider_code, pathway_key)", "not_null(referred_on)"]

-- Outcomes are those of the NHS Talking Therapies manual. They are said of every pathway whose scores tell;
-- published rates count those alone that have ended after two or more treatments.

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
),

pathway as (
    select
        accepted.record_id, person_index.person_id, accepted.provider_code, accepted.sex, accepted.birth_month,
        accepted.age_at_event, accepted.lsoa_code, accepted.is_resident, cast(null as varchar) as practice_code,
        accepted.pathway_key, accepted.period_end_on, accepted.referred_on, accepted.discharged_on, accepted.n_contacts,
        accepted.phq9_first, accepted.phq9_last, accepted.gad7_first, accepted.gad7_last
    from accepted
    left join person_index on accepted.identity_id = person_index.identity_id -- many to one: an identity is one person
    where accepted.latest_first = 1
    union all
    select
        record_id, person_id, provider_code, sex, birth_month, age_at_event, lsoa_code, is_resident, practice_code,
        pathway_key, period_end_on, referred_on, discharged_on, n_contacts, phq9_first, phq9_last, gad7_first, gad7_last
    from base.iapt_line
),

cut as (
    select
        max(case when measure = 'phq9' then case_from end) as phq9_case_from,
        max(case when measure = 'phq9' then reliable_change end) as phq9_change,
        max(case when measure = 'gad7' then case_from end) as gad7_case_from,
        max(case when measure = 'gad7' then reliable_change end) as gad7_change
    from reference.outcome_measure
)

select
    pathway.record_id,     -- the accepted row of the latest snapshot
    pathway.person_id,     -- pseudonym; null if the row cannot be linked
    pathway.provider_code, -- who sent it (ODS code)
    pathway.sex,           -- as recorded: female, male, other
    pathway.birth_month,   -- first day of the month of birth, as recorded
    pathway.age_at_event,  -- completed years at the referral
    pathway.lsoa_code,     -- area of the recorded postcode; null if unknown
    pathway.is_resident,   -- whether the recorded postcode lies in the city
    pathway.practice_code, -- practice on the day of the referral, as the service has it; null if it does not say
    pathway.pathway_key,   -- key of the pathway
    pathway.period_end_on, -- last day of the snapshot kept
    pathway.referred_on,   -- day on which the referral was received
    pathway.discharged_on, -- end of the pathway; null if open
    pathway.n_contacts,    -- contacts up to the snapshot
    pathway.phq9_first,    -- first depression score
    pathway.phq9_last,     -- last depression score
    pathway.gad7_first,    -- first anxiety score
    pathway.gad7_last,     -- last anxiety score
    pathway.phq9_first >= cut.phq9_case_from or pathway.gad7_first >= cut.gad7_case_from
        as is_case_at_start, -- at caseness on one of the two scores at first; null if they do not tell
    (pathway.phq9_first >= cut.phq9_case_from or pathway.gad7_first >= cut.gad7_case_from)
        and pathway.phq9_last < cut.phq9_case_from and pathway.gad7_last < cut.gad7_case_from
        as is_recovered,     -- a case at first and none at last; null if the scores do not tell
    (pathway.phq9_first - pathway.phq9_last >= cut.phq9_change and pathway.gad7_last - pathway.gad7_first < cut.gad7_change)
        or (pathway.gad7_first - pathway.gad7_last >= cut.gad7_change and pathway.phq9_last - pathway.phq9_first < cut.phq9_change)
        as has_improved_reliably -- one score is down by more than chance and the other not up by that; null if they do not tell
from pathway
cross join cut -- one row
