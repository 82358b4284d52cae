--! summary = "The one segment of need that each registered person belongs to on the as-at date: the first that fits, by declared precedence."
--! grain = ["person_id"]
--! sensitivity = "person"
--! checks = ["unique(person_id)", "not_null(segment)", "relationship(segment, reference.segment.segment)", "select population.person_id from risk.population as population where population.as_of_on = $as_at and not exists (select 1 from risk.segment as segment where segment.person_id = population.person_id)"]

with

person as (
    select
        population.person_id, population.age_years, population.is_care_home, condition.n_long_term,
        condition.has_palliative_care, condition.has_frailty, condition.has_cancer,
        condition.has_severe_mental_illness, condition.has_learning_disability_or_autism, condition.was_pregnant, frailty.category as frailty_category
    from risk.population as population
    inner join risk.condition as condition -- one to one: both hold each person of the day once
        on population.person_id = condition.person_id and population.as_of_on = condition.as_of_on
    inner join risk.frailty as frailty on population.person_id = frailty.person_id -- one to one
    where population.as_of_on = $as_at
),

fitting as (
    select person_id, 'end_of_life' as segment from person where has_palliative_care
    union all
    select person_id, 'frailty' as segment from person where is_care_home or has_frailty or frailty_category in ('Intermediate', 'High')
    union all
    select person_id, 'cancer' as segment from person where has_cancer
    union all
    select person_id, 'severe_mental_illness' as segment from person where has_severe_mental_illness
    union all
    select person_id, 'learning_disability_or_neurodiversity' as segment from person where has_learning_disability_or_autism
    union all
    select person_id, 'long_term_conditions' as segment from person where n_long_term > 0
    union all
    select person_id, 'maternity' as segment from person where was_pregnant
    union all
    select person_id, 'children_and_young_people' as segment from person where age_years < $adult_age
    union all
    select person_id, 'healthy_adults' as segment from person where age_years >= $adult_age
),

ranked as (
    select fitting.person_id, min(precedence.position) as position
    from fitting
    inner join reference.segment as precedence on fitting.segment = precedence.segment -- many to one
    group by fitting.person_id
)

select
    ranked.person_id,   -- pseudonym
    precedence.segment, -- the segment
    precedence.position -- its place in the order of precedence, 1 first
from ranked
inner join reference.segment as precedence on ranked.position = precedence.position -- many to one: each place is one segment
