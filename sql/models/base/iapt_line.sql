--! summary = "Talking-therapies pathways put together from the tables of the data set, each as last sent, with the contacts that were attended."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "unique(provider_code, pathway_key)", "not_null(referred_on)"]

with

person_index as (
    select identity_id, person_id from link.person_index
),

referral as (
    select
        sent.record_id, sent.provider_code, sent.pathway_key, sent.month_number, sent.age_at_event,
        sent.referred_on, sent.discharged_on, person_index.person_id,
        row_number() over (
            partition by sent.provider_code, sent.pathway_key
            order by sent.month_number desc nulls last, sent.record_id
        ) as latest_first
    from record.iapt_referral as sent
    left join person_index on sent.identity_id = person_index.identity_id -- many to one: an identity is one person
),

patient as (
    select
        sent.provider_code, person_index.person_id, sent.sex, sent.birth_month, sent.lsoa_code, sent.is_resident,
        row_number() over (
            partition by sent.provider_code, person_index.person_id
            order by sent.month_number desc nulls last, sent.record_id
        ) as latest_first
    from record.iapt_mpi as sent
    inner join person_index on sent.identity_id = person_index.identity_id -- many to one: an identity is one person
    where person_index.person_id is not null
),

contact as (
    select
        provider_code, pathway_key, attendance_status,
        row_number() over (
            partition by provider_code, contact_key order by month_number desc nulls last, record_id
        ) as latest_first
    from record.iapt_contact
),

attended as (
    select provider_code, pathway_key, count(*) as n_contacts
    from contact
    where latest_first = 1
        and attendance_status in ('5', '6') -- seen
    group by provider_code, pathway_key
)

select
    referral.record_id,                                -- the pathway's row of the latest extract
    referral.person_id,                                -- pseudonym; null if the row cannot be linked
    referral.provider_code,                            -- who sent it (ODS code)
    patient.sex,                                       -- as recorded: female, male, other
    patient.birth_month,                               -- first day of the month of birth, as recorded
    referral.age_at_event,                             -- completed years at the referral
    patient.lsoa_code,                                 -- area of the recorded postcode; null if unknown
    patient.is_resident,                               -- whether the recorded postcode lies in the city
    referral.pathway_key,                              -- key of the pathway
    cast(
        date '1900-04-01' + cast(concat(referral.month_number, ' months') as interval) - interval '1 day' as date
    ) as period_end_on,                                -- last day of the extract kept: months are counted from April 1900
    referral.referred_on,                              -- day on which the referral was received
    referral.discharged_on,                            -- end of the pathway; null if open
    coalesce(attended.n_contacts, 0) as n_contacts     -- contacts attended up to the extract
from referral
left join patient -- many to one: the latest of a person
    on referral.provider_code = patient.provider_code and referral.person_id = patient.person_id
    and patient.latest_first = 1
left join attended -- one to one: grouped
    on referral.provider_code = attended.provider_code and referral.pathway_key = attended.pathway_key
where referral.latest_first = 1
