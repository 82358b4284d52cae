--! summary = "The registered adults at highest risk: the top share of the city and of each practice, rounded up to whole persons."
--! grain = ["person_id"]
--! sensitivity = "person"
--! checks = ["unique(person_id)", "select person_id from risk.top_two_percent where not is_top_city and not is_top_practice"]

-- Ties: the older person first, then the smaller pseudonym, so that the same night gives the same list.

with

adult as (
    select
        person_id, practice_code, age_years, probability,
        row_number() over (order by probability desc, age_years desc, person_id) as rank_city,
        count(*) over () as n_city,
        row_number() over (partition by practice_code order by probability desc, age_years desc, person_id) as rank_practice,
        count(*) over (partition by practice_code) as n_practice
    from risk.score
    where age_years >= $adult_age
),

judged as (
    select
        person_id, practice_code, age_years, probability, rank_city, rank_practice,
        rank_city <= ceil(cast($top_share as decimal(9, 6)) * n_city) as is_top_city,
        rank_practice <= ceil(cast($top_share as decimal(9, 6)) * n_practice) as is_top_practice
    from adult
)

select
    person_id,      -- pseudonym
    practice_code,  -- practice on the as-at date
    age_years,      -- completed years on the as-at date
    probability,    -- probability of at least one emergency admission
    rank_city,      -- place among the city's adults
    rank_practice,  -- place among the practice's adults
    is_top_city,    -- whether among the top share of the city
    is_top_practice -- whether among the top share of the practice
from judged
where is_top_city or is_top_practice
