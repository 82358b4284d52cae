--! summary = "Each person's days at risk in each neighbourhood, age band and practice, over each period that rates are about."
--! grain = ["period", "person_id", "neighbourhood_code", "practice_code", "age_band"]
--! sensitivity = "person"
--! checks = ["unique(period, person_id, neighbourhood_code, practice_code, age_band)", "not_null(age_band)", "accepted_range(person_days, 1, 40000)"]

-- Indicators whose feeds are complete for the same months share a period and its person-time.

with

period_month as (
    select distinct indicator_period.rate_period as period, indicator_month.month
    from core.indicator_month as indicator_month
    inner join core.indicator_period as indicator_period -- many to one
        on indicator_month.indicator = indicator_period.indicator
    inner join core.indicator as indicator on indicator_month.indicator = indicator.indicator -- many to one: those that have rates
    where indicator_month.is_rate_month
),

person_month as (
    select person_id, month, neighbourhood_code, practice_code, age_band, sex, days_at_risk
    from core.person_month
    where neighbourhood_code is not null
        and age_band is not null
)

select
    period_month.period,                          -- the months that are counted, in words
    person_month.person_id,                       -- pseudonym
    person_month.neighbourhood_code,              -- where the person lived
    person_month.practice_code,                   -- whose list the person was on
    person_month.age_band,                        -- five-year band of the European Standard Population 2013
    min(person_month.sex) as sex,                 -- female, male, other
    sum(person_month.days_at_risk) as person_days -- days registered and alive
from person_month
inner join period_month on person_month.month = period_month.month -- many to many: a month belongs to every period that counts it
group by period_month.period, person_month.person_id, person_month.neighbourhood_code, person_month.practice_code,
    person_month.age_band
