--! summary = "How good the forecast of each indicator was in the months observed since the baseline was frozen."
--! grain = ["indicator"]
--! sensitivity = "aggregate"
--! checks = ["unique(indicator)", "not_null(label)"]
--! [release]
--! title = "How good the forecasts were"
--! unit = "events"
--! needs = ["gp_registration"]
--! dimensions = ["indicator"]
--! attributes = ["label"]
--! persons = "n_persons"
--! estimates = [{ columns = ["mase", "naive_mase", "coverage"], step = 0.01 }]

-- The persons behind a row are those of the month with fewest: at least so many.

with

indicator as (
    select indicator, label from reference.indicator where has_trend
),

ahead as (
    select forecast.indicator, min(observed.n_persons) as n_persons
    from outcomes.forecast as forecast
    inner join outcomes.month_count as observed -- one to one
        on forecast.indicator = observed.indicator and forecast.month = observed.month
    group by forecast.indicator
)

select
    accuracy.indicator,  -- what is counted
    indicator.label,     -- its name
    ahead.n_persons,     -- persons with an event in the month with fewest
    accuracy.mase,       -- mean absolute error over the mean change from one year to the next before the baseline
    accuracy.naive_mase, -- that of the same months a year before
    accuracy.coverage    -- share of months inside the 95 % interval
from outcomes.forecast_accuracy as accuracy
inner join indicator on accuracy.indicator = indicator.indicator -- many to one
inner join ahead on accuracy.indicator = ahead.indicator -- one to one
