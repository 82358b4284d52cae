--! summary = "The months that each indicator is counted over: complete in every feed that it is counted in, and in the list that its person-time comes from."
--! grain = ["indicator", "month"]
--! sensitivity = "aggregate"
--! checks = ["unique(indicator, month)", "not_null(is_rate_month)", "not_null(is_year_month)"]

-- A month that one provider has not sent, or sent in part, is no observation: its events and its
-- person-time are left out alike, so that a rate is one of the time that it says. The last twelve months
-- of an indicator end where its feeds do; a gap within them is not made up for by an older month, which
-- would be of another season.

with

sent as (
    select feed from quality.delivery group by feed having sum(n_accepted) > 0
),

needed as (
    select indicator_feed.indicator, indicator_feed.feed
    from reference.indicator_feed as indicator_feed
    inner join sent on indicator_feed.feed = sent.feed -- many to one
),

n_needed as (
    select indicator, count(*) as n_feeds from needed group by indicator
),

complete as (
    select needed.indicator, complete_month.month, count(*) as n_feeds
    from needed
    inner join quality.complete_month as complete_month on needed.feed = complete_month.feed -- one to many
    where complete_month.is_complete
        and complete_month.month >= $data_from
        and complete_month.month < $as_at
    group by needed.indicator, complete_month.month
),

counted as (
    select complete.indicator, complete.month, max(complete.month) over (partition by complete.indicator) as last_month
    from complete
    inner join n_needed on complete.indicator = n_needed.indicator and complete.n_feeds = n_needed.n_feeds -- many to one
)

select
    indicator,                                                    -- what is counted
    month,                                                        -- first day of the month
    month >= $rate_from as is_rate_month,                         -- whether rates over the whole period are about it
    month > last_month - interval '1 year' as is_year_month       -- whether it is one of the twelve months to the last of them
from counted
