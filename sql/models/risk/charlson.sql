--! summary = "Each registered person's Charlson comorbidity from hospital codes of the look-back years."
--! grain = ["person_id"]
--! sensitivity = "person"
--! checks = ["unique(person_id)", "accepted_range(score_charlson, 0, 37)", "not_null(lookback_years)"]

with

population as (
    select person_id from risk.population where as_of_on = $as_at
),

diagnosis as (
    select person_id, code
    from base.apc_diagnosis
    where admitted_on >= $as_at - cast(concat($charlson_lookback_years, ' years') as interval)
        and admitted_on < $as_at
),

coded as (
    select person_id, array_agg(distinct code order by code) as codes
    from diagnosis
    where code is not null
    group by person_id
),

scored as (
    select
        population.person_id, cast(coalesce(array_length(coded.codes), 0) as bigint) as n_codes,
        charlson(coalesce(coded.codes, make_array(cast(null as varchar)))) as comorbidity
    from population
    left join coded on population.person_id = coded.person_id -- one to one: coded is grouped by person
)

select
    person_id,                                       -- pseudonym
    comorbidity['score_charlson'] as score_charlson, -- score with the weights of Charlson 1987
    comorbidity['score_quan2011'] as score_quan2011, -- score with the weights of Quan 2011
    n_codes,                                         -- distinct codes that it was made from
    $charlson_lookback_years as lookback_years       -- years of hospital codes
from scored
