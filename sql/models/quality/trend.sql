--! summary = "Records that stand by month against the months before: a month far below its history is missing, not an improvement."
--! grain = ["feed", "provider_code", "month"]
--! sensitivity = "aggregate"
--! checks = ["unique(feed, provider_code, month)", "one_of(status, 'usual', 'missing', 'no_history')", "select feed from quality.trend where status = 'missing' and n_records >= median_before"]

-- A month is missing if it is below a declared share of the median of the months before it, and
-- chance cannot explain that: the exact upper 99.8 % limit of its count is below that share too.
-- Months without a row are no part of that median: a provider that has stopped sending would soon be
-- held against its own silence, and its noughts would pass for what is usual. One that has closed
-- is declared, and its series ends.
-- The chart's limits are those of an XmR chart: mean of the series and 2.66 mean moving ranges.

with

happened as (
    select standing.feed, standing.provider_code, standing.month, standing.n_records
    from quality.standing_month as standing
    where not exists (select register.feed from reference.quality_register as register where register.feed = standing.feed)
),

standing as (
    select feed, provider_code, month, n_records from happened
    union all
    select feed, 'all' as provider_code, month, sum(n_records) as n_records from happened group by feed, month
),

-- a provider's series begins with its first month and goes on to the end, rows or not
provider as (
    select
        standing.feed, standing.provider_code, min(standing.month) as first_month,
        max(coalesce(closed.ended_on, $as_at)) as ended_on
    from standing
    left join reference.quality_closed as closed -- many to one
        on standing.feed = closed.feed and standing.provider_code = closed.provider_code
    where standing.month >= $data_from and standing.month < $as_at
    group by standing.feed, standing.provider_code
),

series as (
    select provider.feed, provider.provider_code, calendar.month, coalesce(standing.n_records, 0) as n_records
    from provider
    inner join core.month as calendar -- one to many
        on calendar.month >= provider.first_month and calendar.month < provider.ended_on
    left join standing -- one to one
        on provider.feed = standing.feed and provider.provider_code = standing.provider_code
        and calendar.month = standing.month
),

-- months with rows, counted from the first
numbered as (
    select
        feed, provider_code, month, n_records,
        sum(case when n_records > 0 then 1 else 0 end) over (
            partition by feed, provider_code order by month rows between unbounded preceding and current row
        ) as place
    from series
),

history as (
    select
        later.feed, later.provider_code, later.month,
        median(cast(earlier.n_records as double)) as median_before, count(*) as n_before
    from numbered as later
    inner join numbered as earlier -- many to many: each month with those before it
        on later.feed = earlier.feed and later.provider_code = earlier.provider_code
        and earlier.n_records > 0
        and earlier.month < later.month
        and earlier.place > later.place - case when later.n_records > 0 then 1 else 0 end - $history_months
    group by later.feed, later.provider_code, later.month
),

stepped as (
    select
        feed, provider_code, month, n_records,
        abs(n_records - lag(n_records) over (partition by feed, provider_code order by month)) as moving_range
    from series
),

chart as (
    select
        feed, provider_code, sum(n_records) / cast(count(*) as double) as mean_records,
        sum(moving_range) / nullif(cast(count(moving_range) as double), 0) as mean_range
    from stepped
    group by feed, provider_code
)

select
    series.feed,                                                              -- the feed
    series.provider_code,                                                     -- who sent it (ODS code); all is the feed as a whole
    series.month,                                                             -- first day of the month of the event
    series.n_records,                                                         -- records that stand, each event once
    case when history.n_before >= $history_least then history.median_before end as median_before, -- of the months with rows before; null if they are too few
    case
        when history.n_before is null or history.n_before < $history_least then 'no_history'
        when series.n_records < $missing_month_share * history.median_before
            and poisson_exact(series.n_records)['upper_998'] < $missing_month_share * history.median_before then 'missing'
        else 'usual'
    end as status,                                                            -- missing: far below its history
    chart.mean_records,                                                       -- centre line
    greatest(chart.mean_records - 2.66 * chart.mean_range, 0) as lower_limit, -- lower control limit; null with one month
    chart.mean_records + 2.66 * chart.mean_range as upper_limit               -- upper control limit; null with one month
from series
inner join chart on series.feed = chart.feed and series.provider_code = chart.provider_code -- many to one
left join history -- one to one; the first month has none
    on series.feed = history.feed and series.provider_code = history.provider_code and series.month = history.month
