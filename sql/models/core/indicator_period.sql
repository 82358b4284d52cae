--! summary = "The period that each indicator's figures are about, and how a reader is told."
--! grain = ["indicator"]
--! sensitivity = "aggregate"
--! checks = ["unique(indicator)", "not_null(to_on)", "accepted_range(n_year_months, 1, 12)", "select indicator from core.indicator_period where year_from_on >= to_on", "select indicator from core.indicator_period where (n_rate_months is null) <> (rate_period is null)"]

with

span_month as (
    select indicator, 'rate' as span, month from core.indicator_month where is_rate_month
    union all
    select indicator, 'year' as span, month from core.indicator_month where is_year_month
),

span as (
    select
        indicator, span, min(month) as from_on, max(month) as last_month,
        cast(max(month) + interval '1 month' as date) as to_on, count(*) as n_months
    from span_month
    group by indicator, span
),

gap as (
    select
        span.indicator, span.span, count(*) as n_gaps,
        string_agg(to_char(calendar.month, '%B %Y'), ', ' order by calendar.month) as months
    from span
    inner join core.month as calendar -- one to many
        on calendar.month >= span.from_on and calendar.month < span.to_on
    left join span_month -- one to one
        on span.indicator = span_month.indicator and span.span = span_month.span and calendar.month = span_month.month
    where span_month.month is null
    group by span.indicator, span.span
),

measured as (
    select
        span.indicator, span.span, span.from_on, span.last_month, span.to_on, span.n_months,
        span.n_months + coalesce(gap.n_gaps, 0) as n_spanned,
        case when gap.months is null then '' else concat(' without ', gap.months) end as left_out
    from span
    left join gap on span.indicator = gap.indicator and span.span = gap.span -- one to one
),

worded as (
    select
        indicator, span, from_on, to_on, n_months,
        case
            when span = 'rate' then concat(
                case when from_on < last_month then concat(to_char(from_on, '%B %Y'), ' to ') else '' end,
                to_char(last_month, '%B %Y'), left_out
            )
            when to_on = $as_at and from_on = to_on - interval '1 year' and left_out = '' then 'last 12 months'
            else concat(
                n_spanned, case n_spanned when 1 then ' month to ' else ' months to ' end,
                to_char(to_on - interval '1 day', '%-d %B %Y'), left_out
            )
        end as period
    from measured
)

select
    indicator,                                                    -- what is counted
    max(to_on) as to_on,                                          -- first day after the last month that is complete in all its feeds
    max(n_months) filter (where span = 'rate') as n_rate_months,  -- months that its rates are over; null if there are none
    max(period) filter (where span = 'rate') as rate_period,      -- the same in words: two indicators of the same months have the same words
    min(from_on) filter (where span = 'year') as year_from_on,    -- first of the twelve months to that day, or the feed's first
    max(n_months) filter (where span = 'year') as n_year_months,  -- how many of them are complete
    max(period) filter (where span = 'year') as year_period       -- the same in words
from worded
group by indicator
