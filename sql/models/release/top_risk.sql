--! summary = "How many registered adults of each practice are in the top share of risk of the city, and of the practice."
--! grain = ["practice_code"]
--! sensitivity = "aggregate"
--! checks = ["unique(practice_code)", "select practice_code from release.top_risk where n_top_city > n_adults"]
--! [release]
--! title = "Registered adults in the top two per cent of risk"
--! unit = "persons"
--! needs = ["gp_registration", "apc"]
--! dimensions = ["practice_code"]
--! persons = "n_adults"
--! counts = ["n_adults"]
--! groups = [
--!     { name = "city", persons = "n_top_city", counts = ["n_top_city"] },
--!     { name = "practice", persons = "n_top_practice", counts = ["n_top_practice"] },
--! ]

with

adult as (
    select person_id, practice_code from risk.score where age_years >= $adult_age
),

top as (
    select person_id, is_top_city, is_top_practice from risk.top_two_percent
)

select
    adult.practice_code,                                          -- the practice
    count(*) as n_adults,                                         -- registered adults on the as-at date
    count(*) filter (where top.is_top_city) as n_top_city,        -- those in the top share of the city
    count(*) filter (where top.is_top_practice) as n_top_practice -- those in the top share of the practice
from adult
left join top on adult.person_id = top.person_id -- one to one
group by adult.practice_code
