--! summary = "How far each provider's rows of a feed reach, and how late they come."
--! grain = ["feed", "provider_code"]
--! sensitivity = "aggregate"
--! checks = ["unique(feed, provider_code)", "select feed from quality.timeliness where first_month > last_month"]

-- Files do not say when they were made. A file cannot have come before the period was over that it
-- is declared to hold or, without one, before the month of its last event was, so days from event to that end are the least that the rows are late. Old
-- events that a file repeats or that were recorded late are left out of the mean.

with

profile as (
    select delivery, feed, coalesce(provider_code, 'unknown') as provider_code, month, n_accepted, n_dated, sum_event_day
    from quality.profile
    where column_name is null
),

delivery as (
    select
        profile.delivery,
        coalesce(max(declared.to_on), cast(max(profile.month) + interval '1 month' as date)) as closed_on
    from profile
    inner join quality.delivery as declared on profile.delivery = declared.delivery -- many to one
    where profile.month < $as_at and profile.n_accepted > 0
    group by profile.delivery
),

lag as (
    select
        profile.feed, profile.provider_code,
        sum(profile.n_dated) as n_dated,
        sum(cast(cast(delivery.closed_on as int) as bigint) * profile.n_dated - profile.sum_event_day) as lag_days
    from profile
    inner join delivery on profile.delivery = delivery.delivery -- many to one
    where profile.month < delivery.closed_on
        and profile.month >= delivery.closed_on - cast(concat($question_months, ' months') as interval)
    group by profile.feed, profile.provider_code
),

reach as (
    select
        feed, provider_code, count(distinct delivery) as n_deliveries,
        min(month) filter (where month < $as_at and n_accepted > 0) as first_month,
        max(month) filter (where month < $as_at and n_accepted > 0) as last_month,
        coalesce(sum(n_accepted) filter (where month >= $as_at), 0) as n_after_as_at
    from profile
    group by feed, provider_code
),

missing as (
    select feed, provider_code, count(*) as n_missing_months, max(month) as last_missing_month
    from quality.trend
    where status = 'missing'
    group by feed, provider_code
)

select
    reach.feed,                                                            -- the feed
    reach.provider_code,                                                   -- who sent it (ODS code); unknown if the rows do not say
    reach.n_deliveries,                                                    -- files that hold rows of the provider
    reach.first_month,                                                     -- first month with accepted rows; null without any
    reach.last_month,                                                      -- last month with accepted rows, before the as-at date
    cast((date_part('year', $as_at) - date_part('year', reach.last_month)) * 12
        + date_part('month', $as_at) - date_part('month', reach.last_month) - 1 as bigint) as months_behind, -- months between that and the as-at date
    coalesce(missing.n_missing_months, 0) as n_missing_months,             -- months far below their history
    missing.last_missing_month,                                            -- the last of them
    reach.n_after_as_at,                                                   -- rows with an event on or after the as-at date
    lag.lag_days / nullif(cast(lag.n_dated as double), 0) as mean_lag_days -- mean days from event to the end of the file's period
from reach
left join lag on reach.feed = lag.feed and reach.provider_code = lag.provider_code -- one to one
left join missing on reach.feed = missing.feed and reach.provider_code = missing.provider_code -- one to one
