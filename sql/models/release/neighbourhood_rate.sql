--! summary = "Rates of care by neighbourhood, crude and age-standardised, and where each lies in the funnel."
--! grain = ["neighbourhood_code", "indicator"]
--! sensitivity = "aggregate"
--! checks = ["unique(neighbourhood_code, indicator)", "not_null(neighbourhood)", "not_null(label)"]
--! [release]
--! title = "Rates of care by {area}"
--! unit = "events"
--! needs = ["gp_registration"]
--! dimensions = ["neighbourhood_code", "indicator"]
--! attributes = ["neighbourhood", "label", "period", "sort_order"]
--! persons = "n_persons"
--! counts = ["n_persons", "n_events"]
--! rates = [
--!     { columns = ["crude_per_1000", "crude_lower_95", "crude_upper_95"], per = 1000, denominator = "person_years", numerator = "n_events" },
--!     { columns = ["dsr_per_1000", "dsr_lower_95", "dsr_upper_95"], per = 1000, denominator = "person_years" },
--! ]
--! estimates = [{ columns = ["baseline_per_1000", "lower_limit_95", "upper_limit_95", "lower_limit_998", "upper_limit_998"], step = 1 }]
--! labels = ["funnel_class"]
--! public = ["person_years"]

-- Person-years count as public knowledge: registered people by small area are published every quarter.

with

area as (
    select distinct neighbourhood_code, neighbourhood from reference.lsoa where neighbourhood_code is not null
)

select
    rate.neighbourhood_code,  -- the neighbourhood
    area.neighbourhood,       -- its name
    rate.indicator,           -- what is counted
    indicator.label,          -- its name
    rate.period,              -- the months that events and person-time are of
    indicator.sort_order,     -- place in the report
    rate.n_persons,           -- persons with an event
    rate.n_events,            -- events
    rate.person_years,        -- years registered and alive
    rate.crude_per_1000,      -- events per 1,000 person-years
    rate.crude_lower_95,      -- lower 95 % limit
    rate.crude_upper_95,      -- upper 95 % limit
    rate.dsr_per_1000,        -- the same, age-standardised
    rate.dsr_lower_95,        -- lower 95 % limit, repeat events accounted for
    rate.dsr_upper_95,        -- upper 95 % limit, repeat events accounted for
    funnel.baseline_per_1000, -- the city's age-standardised rate
    funnel.lower_limit_95,    -- lower 95 % control limit, adjusted for over-dispersion
    funnel.upper_limit_95,    -- upper 95 % control limit
    funnel.lower_limit_998,   -- lower 99.8 % control limit
    funnel.upper_limit_998,   -- upper 99.8 % control limit
    funnel.funnel_class       -- low_998, low_95, within, high_95 or high_998
from neighbourhood.rate as rate
inner join area on rate.neighbourhood_code = area.neighbourhood_code -- many to one; the row CITY has none
inner join reference.indicator as indicator on rate.indicator = indicator.indicator -- many to one
left join neighbourhood.funnel as funnel -- one to one
    on rate.neighbourhood_code = funnel.neighbourhood_code and rate.indicator = funnel.indicator
