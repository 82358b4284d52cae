--! summary = "Whether a feed's month is complete for every provider, and if not, why: missing, not yet sent, or still being revised or coded."
--! grain = ["feed", "month"]
--! sensitivity = "aggregate"
--! checks = ["unique(feed, month)", "select feed from quality.complete_month where is_complete <> (n_providers_missing + n_providers_awaited + n_providers_revised + n_providers_uncoded = 0)"]

-- Too few diagnoses are told from chance by the upper 99.8 % limit (Wilson) of the share coded. Where
-- many small providers stop at once, chance explains the silence of each, and not that of the feed.

with

trend as (
    select feed, provider_code, month, status, provider_code = 'all' as is_feed from quality.trend
),

revision as (
    select feed, provider_code, month, step, last_step, share_of_last from quality.revision
),

longest as (
    select feed, max(last_step) as last_step from revision group by feed
),

-- what share of its final rows a month held at each step, by the months whose history is long enough
held as (
    select revision.feed, revision.step, median(revision.share_of_last) as expected_share
    from revision
    inner join longest on revision.feed = longest.feed -- many to one
    where revision.last_step >= least(longest.last_step, $settled_steps)
    group by revision.feed, revision.step
),

now as (
    select revision.feed, revision.provider_code, revision.month, held.expected_share
    from revision
    inner join held on revision.feed = held.feed and revision.step = held.step -- many to one
    where revision.step = revision.last_step
),

coded as (
    select feed, provider_code, month, n_coded, n_codable, wilson(n_coded, n_codable)['upper_998'] as upper_share_coded
    from quality.feed_month
    where month is not null
),

judged as (
    select
        trend.feed, trend.month,
        greatest(
            count(*) filter (where trend.status = 'missing' and not trend.is_feed),
            case when bool_or(trend.status = 'missing' and trend.is_feed) then 1 else 0 end
        ) as n_missing,
        count(*) filter (where now.expected_share < $complete_share) as n_revised,
        count(*) filter (where coded.upper_share_coded < $coded_share) as n_uncoded,
        min(now.expected_share) as expected_share, sum(coded.n_coded) as n_coded, sum(coded.n_codable) as n_codable
    from trend
    left join now -- one to one
        on trend.feed = now.feed and trend.provider_code = now.provider_code and trend.month = now.month
    left join coded -- one to one
        on trend.feed = coded.feed and trend.provider_code = coded.provider_code and trend.month = coded.month
    group by trend.feed, trend.month
),

awaited as (
    select judged.feed, judged.month, count(*) as n_awaited
    from judged
    inner join quality.expected as expected -- one to many: every sender's
        on judged.feed = expected.feed and expected.from_on <= judged.month and judged.month < expected.to_on
    where expected.status = 'awaited' or expected.status = 'missing'
    group by judged.feed, judged.month
),

with_registers as (
    select
        judged.feed, judged.month, judged.n_missing, coalesce(awaited.n_awaited, 0) as n_awaited, judged.n_revised,
        judged.n_uncoded, judged.expected_share, judged.n_coded / nullif(cast(judged.n_codable as double), 0) as share_coded
    from judged
    left join awaited on judged.feed = awaited.feed and judged.month = awaited.month -- one to one
    union all
    select
        feed, month, n_silent as n_missing, n_behind as n_awaited, 0 as n_revised, 0 as n_uncoded,
        cast(null as double) as expected_share, cast(null as double) as share_coded
    from quality.register_month
)

select
    feed,                                                              -- the feed
    month,                                                             -- first day of the month of the event
    n_missing + n_awaited + n_revised + n_uncoded = 0 as is_complete,  -- whether nothing stands against counting it
    n_missing as n_providers_missing,                                  -- providers whose month is far below its history; at least 1 if the feed's is, or if nobody joins a list any more
    n_awaited as n_providers_awaited,                                  -- senders whose file has not come, or whose list ends before
    n_revised as n_providers_revised,                                  -- providers whose files of that age used to grow
    n_uncoded as n_providers_uncoded,                                  -- providers with too few primary diagnoses
    expected_share,                                                    -- share of their final rows that files of this age used to hold, the least of the providers; null without a history
    share_coded                                                        -- rows with a primary diagnosis; null without such a column
from with_registers
