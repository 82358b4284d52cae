--! summary = "Each registered person's probability of an emergency admission in the year from the as-at date, and their place in the city."
--! grain = ["person_id"]
--! sensitivity = "person"
--! checks = ["unique(person_id)", "not_null(probability)", "accepted_range(probability, 0, 1)", "unique(rank_city)"]

with

feature as (
    select person_id, practice_code, sex, age_years, imd_quintile_city, features
    from risk.feature
    where as_of_on = $as_at
),

coefficient as (
    select coefficients from risk.coefficient
),

scored as (
    select
        feature.person_id, feature.practice_code, feature.sex, feature.age_years, feature.imd_quintile_city,
        logistic_score(coefficient.coefficients, feature.features) as probability
    from feature
    cross join coefficient -- many to one: there is one model
)

select
    person_id,                                                                            -- pseudonym
    practice_code,                                                                        -- practice on the as-at date
    sex,                                                                                  -- female, male, other
    age_years,                                                                            -- completed years on the as-at date
    imd_quintile_city,                                                                    -- deprivation fifth within the city, 1 the most deprived
    probability,                                                                          -- probability of at least one emergency admission
    row_number() over (order by probability desc, age_years desc, person_id) as rank_city -- place among all, 1 the highest; ties by age, then pseudonym
from scored
