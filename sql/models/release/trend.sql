--! summary = "Observed events by month against the forecast of the frozen baseline."
--! grain = ["month", "indicator"]
--! sensitivity = "aggregate"
--! checks = ["unique(month, indicator)", "not_null(label)"]
--! [release]
--! title = "Observed events against the forecast"
--! unit = "events"
--! needs = ["gp_registration"]
--! dimensions = ["month", "indicator"]
--! attributes = ["label"]
--! persons = "n_persons"
--! counts = ["n_persons", "n_events"]
--! estimates = [{ columns = ["forecast", "lower_95", "upper_95"], step = 1 }]

with

indicator as (
    select indicator, label from reference.indicator where has_trend
),

observed as (
    select indicator, month, n_persons, n_events from outcomes.month_count
),

expected as (
    select indicator, month, forecast, lower_95, upper_95 from outcomes.forecast
),

joined as (
    select
        coalesce(observed.indicator, expected.indicator) as indicator, coalesce(observed.month, expected.month) as month,
        observed.n_persons, observed.n_events, expected.forecast, expected.lower_95, expected.upper_95
    from observed
    full join expected on observed.indicator = expected.indicator and observed.month = expected.month -- one to one
)

select
    joined.month,     -- first day of the month
    joined.indicator, -- what is counted
    indicator.label,  -- its name
    joined.n_persons, -- persons with an event; null for months to come
    joined.n_events,  -- events; null for months to come
    joined.forecast,  -- events expected; null for the months of the baseline
    joined.lower_95,  -- lower limit of the 95 % prediction interval
    joined.upper_95   -- upper limit of the 95 % prediction interval
from joined
inner join indicator on joined.indicator = indicator.indicator -- many to one
