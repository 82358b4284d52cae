--! summary = "A year ago and since: what was known of each person then, and whether an emergency admission followed within the year; nobody if the data do not reach back two years."
--! grain = ["person_id"]
--! sensitivity = "person"
--! checks = ["unique(person_id)", "not_null(was_admitted)", "not_null(is_test)"]

with

feature as (
    select person_id, age_years, sex, imd_quintile_city, features
    from risk.feature
    where as_of_on = $as_at - interval '1 year'
        -- what is known of a person looks back for a year: without that year all would seem well, and be admitted
        and $data_from <= $as_at - interval '2 years'
),

admitted as (
    select distinct person_id
    from core.continuous_spell
    where is_emergency
        and admitted_on >= $as_at - interval '1 year'
        and admitted_on < $as_at
        and person_id is not null
)

select
    feature.person_id,                              -- pseudonym
    feature.age_years,                              -- completed years then
    feature.sex,                                    -- female, male, other
    feature.imd_quintile_city,                      -- deprivation fifth within the city then
    feature.features,                               -- what was known, in the order of risk.feature
    admitted.person_id is not null as was_admitted, -- whether an emergency admission followed
    feature.person_id % $n_folds = 0 as is_test     -- whether the person is kept back to judge the model; pseudonyms are keyed hashes
from feature
left join admitted on feature.person_id = admitted.person_id -- one to one: admitted is distinct
