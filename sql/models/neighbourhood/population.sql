--! summary = "Person-days and persons by period, neighbourhood and age band; the row CITY is all neighbourhoods together."
--! grain = ["period", "neighbourhood_code", "age_band"]
--! sensitivity = "aggregate"
--! checks = ["unique(period, neighbourhood_code, age_band)", "accepted_range(person_days, 1, 1000000000000)", "relationship(age_band, reference.esp2013.age_band)"]

with

place as (
    select period, person_id, neighbourhood_code, age_band, person_days from neighbourhood.person_time
    union all
    select period, person_id, 'CITY' as neighbourhood_code, age_band, person_days from neighbourhood.person_time
)

select
    period,                                 -- the months that are counted, in words
    neighbourhood_code,                     -- the neighbourhood, or CITY
    age_band,                               -- five-year band of the European Standard Population 2013
    count(distinct person_id) as n_persons, -- persons with a day at risk
    sum(person_days) as person_days         -- days registered and alive
from place
group by period, neighbourhood_code, age_band
