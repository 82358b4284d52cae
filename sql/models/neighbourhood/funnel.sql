--! summary = "Which neighbourhoods lie outside funnel limits around the city's age-standardised rate, adjusted for over-dispersion."
--! grain = ["neighbourhood_code", "indicator"]
--! sensitivity = "aggregate"
--! checks = ["unique(neighbourhood_code, indicator)", "one_of(funnel_class, 'low_998', 'low_95', 'within', 'high_95', 'high_998')", "select neighbourhood_code from neighbourhood.funnel where lower_limit_998 > lower_limit_95 or upper_limit_95 > upper_limit_998"]

-- A standardised rate of repeat events spreads more than its count says. Its effective events are
-- those of a Poisson count with the same relative spread: rate squared over variance. Observed over
-- expected effective events is then the rate over the city's rate.

with

rate as (
    select neighbourhood_code, indicator, n_events, dsr_per_1000, dsr_upper_95 from neighbourhood.rate
),

city as (
    select indicator, dsr_per_1000 as city_per_1000 from rate where neighbourhood_code = 'CITY'
),

spread as (
    select
        rate.neighbourhood_code, rate.indicator, rate.dsr_per_1000, city.city_per_1000, rate.n_events,
        -- Dobson's limits are (Byar's limit - events) times the standard error over the root of the events
        (rate.dsr_upper_95 - rate.dsr_per_1000)
            / (get_field(byars(rate.n_events), 'upper_95') - rate.n_events) * sqrt(rate.n_events) as standard_error
    from rate
    inner join city on rate.indicator = city.indicator -- many to one
    where rate.neighbourhood_code <> 'CITY'
),

effective as (
    select
        neighbourhood_code, indicator, dsr_per_1000, city_per_1000,
        power(dsr_per_1000 / standard_error, 2) as n_observed,
        dsr_per_1000 * city_per_1000 / power(standard_error, 2) as n_expected
    from spread
),

placed as (
    select
        neighbourhood_code, indicator, dsr_per_1000, city_per_1000, n_observed, n_expected,
        funnel_ratio(n_observed, n_expected, 1, $funnel_trim) over (partition by indicator) as place
    from effective
)

select
    neighbourhood_code,                                    -- the neighbourhood
    indicator,                                             -- what is counted
    dsr_per_1000,                                          -- its age-standardised rate
    city_per_1000 as baseline_per_1000,                    -- the city's
    n_observed as n_effective,                             -- events of a Poisson count that spreads as this rate does
    place['lower_95'] * city_per_1000 as lower_limit_95,   -- lower 95 % control limit, per 1,000
    place['upper_95'] * city_per_1000 as upper_limit_95,   -- upper 95 % control limit, per 1,000
    place['lower_998'] * city_per_1000 as lower_limit_998, -- lower 99.8 % control limit, per 1,000
    place['upper_998'] * city_per_1000 as upper_limit_998, -- upper 99.8 % control limit, per 1,000
    place['phi'] as phi,                                   -- over-dispersion: 1 when chance explains the spread
    place['tau2'] as tau2,                                 -- variance between neighbourhoods beyond chance
    place['class'] as funnel_class                         -- low_998, low_95, within, high_95 or high_998
from placed
