--! summary = "Scores of depression and anxiety on talking-therapies pathways, a row each, as last sent."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "not_null(scored_on)", "one_of(measure, 'phq9', 'gad7')"]

-- A questionnaire of an appointment has the day of the appointment; one between two has its own.

with

measure as (
    select measure, snomed_code, most from reference.outcome_measure
),

contact as (
    select provider_code, contact_key, last_value(contact_on order by month_number, record_id) as contact_on
    from record.iapt_contact
    group by provider_code, contact_key
),

sent as (
    select
        record_id, provider_code, pathway_key, contact_key, tool_code, score, scored_on,
        row_number() over (
            partition by provider_code, pathway_key, activity_key, tool_code, scored_on, scored_time
            order by month_number desc nulls last, lpad(submission_key, 40, '0') desc nulls last, record_id
        ) as latest_first
    from record.iapt_score
)

select
    sent.record_id,                                         -- the score's row of the latest extract
    sent.provider_code,                                     -- who sent it (ODS code)
    sent.pathway_key,                                       -- pathway that it belongs to
    measure.measure,                                        -- phq9 (depression) or gad7 (anxiety)
    coalesce(sent.scored_on, contact.contact_on) as scored_on, -- day of the questionnaire
    cast(sent.score as bigint) as score                     -- points
from sent
inner join measure on sent.tool_code = measure.snomed_code -- many to one: a row for each questionnaire
left join contact on sent.provider_code = contact.provider_code and sent.contact_key = contact.contact_key -- many to one: grouped
where sent.latest_first = 1
    and sent.score >= 0
    and sent.score <= measure.most
    and sent.score = floor(sent.score)
    and coalesce(sent.scored_on, contact.contact_on) is not null
