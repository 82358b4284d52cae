--! summary = "How good each indicator's forecast was in the months observed since the baseline, beside last year's values for the same months."
--! grain = ["indicator"]
--! sensitivity = "aggregate"
--! checks = ["unique(indicator)", "select indicator from outcomes.forecast_accuracy where mase is null and reason is null"]

with

observed as (
    select indicator, month, n_events from outcomes.month_count
),

forecast as (
    select indicator, month, forecast, lower_95, upper_95 from outcomes.forecast
),

naive as (
    select indicator, cast(month + interval '1 year' as date) as month, n_events as n_events_year_before
    from observed
),

first_ahead as (
    select indicator, min(month) as month from forecast group by indicator
),

-- the forecast was made from the months since the last one that is not complete, and is scaled by them
gap as (
    select first_ahead.indicator, max(calendar.month) as last_gap
    from first_ahead
    inner join core.month as calendar on calendar.month < first_ahead.month -- one to many
    left join observed on first_ahead.indicator = observed.indicator and calendar.month = observed.month -- one to one
    where observed.month is null
    group by first_ahead.indicator
),

known as (
    select
        observed.indicator, observed.n_events, forecast.forecast, forecast.lower_95, forecast.upper_95,
        -- the months before have no gap, and of those since each is held against its own forecast: one may be missing
        row_number() over (partition by observed.indicator order by observed.month) as period,
        case when observed.month >= first_ahead.month then naive.n_events_year_before end as naive
    from observed
    inner join first_ahead on observed.indicator = first_ahead.indicator -- many to one
    left join forecast on observed.indicator = forecast.indicator and observed.month = forecast.month -- one to one
    left join naive on observed.indicator = naive.indicator and observed.month = naive.month -- one to one
    left join gap on observed.indicator = gap.indicator -- many to one
    where observed.month < first_ahead.month + interval '1 year'
        and (gap.last_gap is null or observed.month > gap.last_gap)
),

measured as (
    select
        indicator,
        forecast_accuracy(period, n_events, forecast, lower_95, upper_95) as own,
        forecast_accuracy(period, n_events, naive, null, null) as naive
    from known
    group by indicator
)

select
    measured.indicator,                           -- what is counted
    measured.own['mase'] as mase,                 -- mean absolute scaled error of the forecast
    measured.naive['mase'] as naive_mase,         -- that of the same month a year before
    measured.own['mape'] as mape,                 -- mean absolute percentage error of the forecast
    measured.own['coverage'] as coverage,         -- share of months inside the interval
    measured.own['n_above'] as n_above,           -- months observed above the forecast
    measured.own['n_below'] as n_below,           -- months observed below the forecast
    measured.own['p_one_sided'] as p_one_sided,   -- p value of so uneven a split
    measured.own['mase'] >= measured.naive['mase'] as is_no_better_than_naive, -- whether last year's values would have done as well
    measured.own['reason'] as reason              -- why something is missing
from measured
