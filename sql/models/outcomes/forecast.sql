--! summary = "Each indicator's months since the baseline was frozen: what the baseline leads one to expect, and what was observed."
--! grain = ["indicator", "month"]
--! sensitivity = "aggregate"
--! checks = ["unique(indicator, month)", "not_null(forecast)", "select indicator from outcomes.forecast where upper_95 < forecast"]

with

observed as (
    select indicator, month, n_events from outcomes.month_count
),

known as (
    select distinct indicator from observed
),

-- a month that is not complete is no observation, and a forecast needs months without a gap
gap as (
    select known.indicator, max(calendar.month) as last_gap
    from known
    cross join core.month as calendar -- every indicator has every month
    left join observed on known.indicator = observed.indicator and calendar.month = observed.month -- one to one
    where calendar.month < $as_at - cast(concat($held_back_months, ' months') as interval)
        and observed.month is null
    group by known.indicator
),

baseline as (
    select observed.indicator, observed.month, observed.n_events
    from observed
    left join gap on observed.indicator = gap.indicator -- many to one
    where observed.month < $as_at - cast(concat($held_back_months, ' months') as interval)
        and (gap.last_gap is null or observed.month > gap.last_gap)
),

forecast as (
    select indicator, ets(month, n_events, $forecast_months) as made
    from baseline
    group by indicator
),

step as (
    select indicator, made['method'] as method, unnest(made['steps']) as step
    from forecast
    where made['steps'] is not null
),

dated as (
    select
        indicator, method, step['value'] as forecast, greatest(step['lower_95'], 0.0) as lower_95, step['upper_95'] as upper_95,
        cast($as_at - cast(concat($held_back_months, ' months') as interval)
            + cast(concat(step['step'] - 1, ' months') as interval) as date) as month
    from step
)

select
    dated.indicator,   -- what is counted
    dated.month,       -- first day of the month
    observed.n_events, -- events observed; null for months to come or not complete
    dated.forecast,    -- events expected
    dated.lower_95,    -- lower limit of the 95 % prediction interval, not below zero
    dated.upper_95,    -- upper limit of the 95 % prediction interval
    dated.method       -- the model of exponential smoothing that the baseline chose
from dated
left join observed on dated.indicator = observed.indicator and dated.month = observed.month -- one to one
