--! summary = "Which conditions each person of the risk population had on record by the day that they are seen on."
--! grain = ["as_of_on", "person_id"]
--! sensitivity = "person"
--! checks = ["unique(as_of_on, person_id)", "accepted_range(n_long_term, 0, 50)"]

with

population as (
    select as_of_on, person_id from risk.population
),

known as (
    select recorded.person_id, recorded.condition, recorded.first_recorded_on, recorded.last_recorded_on, label.is_long_term
    from core.condition as recorded
    inner join reference.condition as label on recorded.condition = label.condition -- many to one
)

select
    population.as_of_on,                                                                  -- the day that the person is seen on
    population.person_id,                                                                 -- pseudonym
    count(*) filter (where known.is_long_term) as n_long_term,                            -- long-term conditions
    coalesce(bool_or(known.condition = 'hypertension'), false) as has_hypertension,       -- hypertension
    coalesce(bool_or(known.condition = 'diabetes'), false) as has_diabetes,               -- diabetes
    coalesce(bool_or(known.condition = 'copd'), false) as has_copd,                       -- chronic obstructive pulmonary disease
    coalesce(bool_or(known.condition = 'coronary_heart_disease'), false) as has_coronary_heart_disease, -- coronary heart disease
    coalesce(bool_or(known.condition = 'heart_failure'), false) as has_heart_failure,     -- heart failure
    coalesce(bool_or(known.condition = 'stroke'), false) as has_stroke,                   -- stroke
    coalesce(bool_or(known.condition = 'kidney_disease'), false) as has_kidney_disease,   -- chronic kidney disease
    coalesce(bool_or(known.condition = 'dementia'), false) as has_dementia,               -- dementia
    coalesce(bool_or(known.condition = 'depression'), false) as has_depression,           -- depression
    coalesce(bool_or(known.condition = 'severe_mental_illness'), false) as has_severe_mental_illness, -- severe mental illness
    coalesce(bool_or(known.condition = 'cancer'), false) as has_cancer,                   -- cancer
    coalesce(bool_or(known.condition = 'asthma'), false) as has_asthma,                   -- asthma
    coalesce(bool_or(known.condition in ('learning_disability', 'autism')), false) as has_learning_disability_or_autism, -- learning disability or autism
    coalesce(bool_or(known.condition = 'palliative_care'), false) as has_palliative_care, -- palliative care
    coalesce(bool_or(known.condition = 'frailty'), false) as has_frailty,                 -- moderate or severe frailty
    coalesce(bool_or(known.condition = 'pregnancy'
        and known.last_recorded_on >= population.as_of_on - interval '1 year'), false) as was_pregnant -- pregnancy or birth in the year before
from population
left join known -- one to many: a person may have several conditions
    on population.person_id = known.person_id and known.first_recorded_on < population.as_of_on
group by population.as_of_on, population.person_id
