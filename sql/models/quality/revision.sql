--! summary = "How much of each month was known after each submission: the revision history of feeds whose files name their period."
--! grain = ["feed", "provider_code", "month", "step"]
--! sensitivity = "aggregate"
--! checks = ["unique(feed, provider_code, month, step)", "select feed from quality.revision where step > last_step"]

-- A step is a submission: months from the event's month to that of the file, and one more for each
-- later generation. Files that add rows add up; files that replace their period stand for themselves,
-- and only for the months that they replace: of an older month a rolling file holds what is still open.

with

sent as (
    select
        delivery, refresh, generation_rank, to_on,
        case refresh
            when 'period' then from_on
            when 'rolling_year' then cast(to_on - interval '1 year' as date)
            -- a financial year begins in April; the last day of the file is in it
            when 'year_to_date' then cast(date_trunc('year', to_on - interval '1 day' - interval '3 months') + interval '3 months' as date)
            else $data_from
        end as covered_from
    from quality.delivery
    where to_on is not null
),

profile as (
    select delivery, feed, coalesce(provider_code, 'unknown') as provider_code, month, n_accepted
    from quality.profile
    where column_name is null and month >= $data_from and month < $as_at
),

submitted as (
    select
        profile.feed, profile.provider_code, profile.month, sent.refresh, sum(profile.n_accepted) as n_accepted,
        cast((date_part('year', sent.to_on) - date_part('year', profile.month)) * 12
            + date_part('month', sent.to_on) - date_part('month', profile.month) - 1 as bigint) + sent.generation_rank as step
    from profile
    inner join sent on profile.delivery = sent.delivery -- many to one
    where profile.month < sent.to_on
        and profile.month >= sent.covered_from
    group by profile.feed, profile.provider_code, profile.month, sent.refresh, step
),

known as (
    select
        feed, provider_code, month, step,
        case when refresh = 'rows'
            then sum(n_accepted) over (partition by feed, provider_code, month order by step rows unbounded preceding)
            else n_accepted
        end as n_known,
        max(step) over (partition by feed, provider_code, month) as last_step
    from submitted
),

latest as (
    select feed, provider_code, month, n_known as n_last from known where step = last_step
)

select
    known.feed,                                                                     -- the feed
    known.provider_code,                                                            -- who sent it (ODS code)
    known.month,                                                                    -- first day of the month of the event
    known.step,                                                                     -- the submission, from 0
    known.n_known,                                                                  -- accepted rows of the month that were known then
    known.last_step,                                                                -- the month's last submission
    known.n_known / nullif(cast(latest.n_last as double), 0) as share_of_last       -- n_known over what the last submission holds
from known
inner join latest -- many to one
    on known.feed = latest.feed and known.provider_code = latest.provider_code and known.month = latest.month
