--! summary = "Adult social-care events, each once: files overlap by nine months, the latest submission wins."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "not_null(event_type)", "not_null(started_on)", "select record_id from base.asc where ended_on < started_on"]

-- After the Department of Health and Social Care's method for client-level data: rows of one event
-- are known by person, type, start and what was provided, since references are not reliable; an
-- event ends at death at the latest; an open service that a later file no longer holds has ended.

with

accepted as (
    select
        record_id, identity_id, provider_code, sex, birth_month, age_at_event, lsoa_code,
        is_resident, period_end_on, practice_code, ethnicity_description, died_on, client_type,
        primary_support_reason, accommodation_status, event_type, started_on, ended_on,
        event_description, event_outcome, service_type, service_component, delivery_mechanism,
        unit_cost_pence, cost_frequency, planned_units_per_week, request_route, assessment_type,
        review_reason, review_outcome, funding_status, has_unpaid_carer, provider_location_code,
        max(period_end_on) over (partition by provider_code) as last_period_end_on
    from record.asc
),

person_index as (
    select identity_id, person_id from link.person_index
),

submitted as (
    select
        accepted.record_id, person_index.person_id, accepted.provider_code, accepted.sex,
        accepted.birth_month, accepted.age_at_event, accepted.lsoa_code, accepted.is_resident,
        accepted.practice_code, accepted.ethnicity_description, accepted.died_on, accepted.client_type,
        accepted.primary_support_reason, accepted.accommodation_status, accepted.event_type,
        accepted.started_on, accepted.event_description, accepted.event_outcome, accepted.service_type,
        accepted.service_component, accepted.delivery_mechanism, accepted.unit_cost_pence,
        accepted.cost_frequency, accepted.planned_units_per_week, accepted.period_end_on,
        accepted.request_route, accepted.assessment_type, accepted.review_reason, accepted.review_outcome,
        accepted.funding_status, accepted.has_unpaid_carer, accepted.provider_location_code,
        case
            when accepted.died_on <= accepted.started_on then accepted.started_on
            when accepted.died_on is not null and (accepted.ended_on is null or accepted.died_on < accepted.ended_on)
                then accepted.died_on
            when accepted.ended_on is not null then accepted.ended_on
            when accepted.event_type = 'Service' and accepted.period_end_on < accepted.last_period_end_on
                then accepted.period_end_on
        end as ended_on,
        row_number() over (
            partition by
                accepted.provider_code, coalesce(person_index.person_id, -accepted.identity_id),
                accepted.event_type, accepted.started_on, accepted.service_type, accepted.service_component,
                accepted.event_description, accepted.assessment_type, accepted.review_reason
            order by accepted.period_end_on desc, accepted.record_id
        ) as latest_first
    from accepted
    left join person_index on accepted.identity_id = person_index.identity_id -- many to one: an identity is one person
)

select
    record_id,              -- the accepted row of the latest submission
    person_id,              -- pseudonym; null if the row cannot be linked
    provider_code,          -- the council
    sex,                    -- as recorded: female, male, other
    birth_month,            -- first day of the month of birth, as recorded
    age_at_event,           -- completed years at the start
    lsoa_code,              -- area of the recorded postcode; null if unknown
    is_resident,            -- whether the recorded postcode lies in the city
    practice_code,          -- practice as the council holds it
    ethnicity_description,  -- ethnic group in the council's words
    died_on,                -- day of death as the council holds it
    client_type,            -- service user or carer
    primary_support_reason, -- main reason for support
    accommodation_status,   -- where the person lives
    event_type,             -- request, assessment, service or review
    started_on,             -- start of the event
    ended_on,               -- end of the event, at death at the latest; null if open
    event_description,      -- what kind of event
    event_outcome,          -- what came of it
    service_type,           -- long or short term, residential or at home
    service_component,      -- what was provided
    delivery_mechanism,     -- who arranges it
    unit_cost_pence,        -- price of a unit
    cost_frequency,         -- unit of that price
    planned_units_per_week, -- units planned in a week
    period_end_on,          -- end of the period of the submission kept
    request_route,          -- how a request came
    assessment_type,        -- kind of assessment
    review_reason,          -- why there was a review
    review_outcome,         -- whether its aims were met
    funding_status,         -- who pays
    has_unpaid_carer,       -- yes, no or null
    provider_location_code  -- location of the provider (Care Quality Commission)
from submitted
where latest_first = 1
