--! summary = "Talking-therapies pathways put together from the tables of the data set, each as last sent, with the contacts that were attended and the first and last scores."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "unique(provider_code, pathway_key)", "not_null(referred_on)"]

-- A last score is one of a later day than the first: who was asked on one day alone has none.

with

referral as (
    select
        record_id, provider_code, referral_key as pathway_key, month_number, age_at_event, referred_on, discharged_on,
        person_id, sex, birth_month, lsoa_code, is_resident
    from base.service_referral
    where data_set = 'iapt'
),

practice as (
    select provider_code, person_id, practice_code, from_on, to_on from base.service_practice where data_set = 'iapt'
),

contact as (
    select
        provider_code, pathway_key, attendance_status,
        row_number() over (
            partition by provider_code, contact_key
            order by month_number desc nulls last, lpad(submission_key, 40, '0') desc nulls last, record_id
        ) as latest_first
    from record.iapt_contact
),

attended as (
    select provider_code, pathway_key, count(*) as n_contacts
    from contact
    where latest_first = 1
        and attendance_status in ('5', '6') -- seen
    group by provider_code, pathway_key
),

score as (
    select
        provider_code, pathway_key, measure, min(scored_on) as first_on, max(scored_on) as last_on,
        first_value(score order by scored_on, record_id) as first_score,
        last_value(score order by scored_on, record_id) as last_score
    from base.iapt_score
    group by provider_code, pathway_key, measure
),

outcome as (
    select
        provider_code, pathway_key,
        max(case when measure = 'phq9' then first_score end) as phq9_first,
        max(case when measure = 'phq9' and last_on > first_on then last_score end) as phq9_last,
        max(case when measure = 'gad7' then first_score end) as gad7_first,
        max(case when measure = 'gad7' and last_on > first_on then last_score end) as gad7_last
    from score
    group by provider_code, pathway_key
)

select
    referral.record_id,                            -- the pathway's row of the latest extract
    referral.person_id,                            -- pseudonym; null if the row cannot be linked
    referral.provider_code,                        -- who sent it (ODS code)
    referral.sex,                                  -- as recorded: female, male, other
    referral.birth_month,                          -- first day of the month of birth, as recorded
    referral.age_at_event,                         -- completed years at the referral
    referral.lsoa_code,                            -- area of the recorded postcode; null if unknown
    referral.is_resident,                          -- whether the recorded postcode lies in the city
    practice.practice_code,                        -- practice on the day of the referral, as the service has it
    referral.pathway_key,                          -- key of the pathway
    cast(
        date '1900-04-01' + cast(concat(referral.month_number, ' months') as interval) - interval '1 day' as date
    ) as period_end_on,                            -- last day of the extract kept: months are counted from April 1900
    referral.referred_on,                          -- day on which the referral was received
    referral.discharged_on,                        -- end of the pathway; null if open
    coalesce(attended.n_contacts, 0) as n_contacts, -- contacts attended up to the extract
    outcome.phq9_first,                            -- first depression score
    outcome.phq9_last,                             -- last depression score
    outcome.gad7_first,                            -- first anxiety score
    outcome.gad7_last                              -- last anxiety score
from referral
left join practice -- many to one: the periods of a person do not overlap
    on referral.provider_code = practice.provider_code and referral.person_id = practice.person_id
    and referral.referred_on >= practice.from_on and (practice.to_on is null or referral.referred_on < practice.to_on)
left join attended -- one to one: grouped
    on referral.provider_code = attended.provider_code and referral.pathway_key = attended.pathway_key
left join outcome -- one to one: grouped
    on referral.provider_code = outcome.provider_code and referral.pathway_key = outcome.pathway_key
