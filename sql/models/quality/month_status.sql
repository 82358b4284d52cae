--! summary = "Each feed's months as final or provisional, and what they wait for, in words."
--! grain = ["feed", "month"]
--! sensitivity = "aggregate"
--! checks = ["unique(feed, month)", "one_of(status, 'final', 'provisional')", "select feed from quality.month_status where (status = 'final') <> (waits_for is null)"]

-- Final is a month against which nothing stands, and whose last files are of the last generation that is
-- declared (a freeze, not a flex). A provisional month may be complete enough to be counted.

with

sent as (
    select delivery, sender, to_on, generation_rank, is_final from quality.delivery
),

profile as (
    select distinct delivery, feed, month
    from quality.profile
    where column_name is null and month is not null and n_accepted > 0
),

latest as (
    select
        profile.feed, profile.month, sent.is_final,
        row_number() over (
            partition by profile.feed, profile.month, sent.sender
            order by sent.to_on desc nulls last, sent.generation_rank desc, sent.delivery
        ) as latest_first
    from profile
    inner join sent on profile.delivery = sent.delivery -- many to one
),

early as (
    select feed, month, count(*) as n_early
    from latest
    where latest_first = 1 and not is_final
    group by feed, month
),

reason as (
    select
        complete_month.feed, complete_month.month, complete_month.is_complete, complete_month.expected_share,
        complete_month.share_coded,
        concat_ws('; ',
            case when complete_month.n_providers_missing > 0 then concat('rows are missing (', complete_month.n_providers_missing, ')') end,
            case when complete_month.n_providers_awaited > 0 then concat('a file has not come (', complete_month.n_providers_awaited, ')') end,
            case when complete_month.n_providers_revised > 0 then concat('late rows are still to come (', complete_month.n_providers_revised, ')') end,
            case when complete_month.n_providers_uncoded > 0 then concat('diagnoses are still to be coded (', complete_month.n_providers_uncoded, ')') end,
            case when early.n_early > 0 then concat('the last generation has not come (', early.n_early, ')') end
        ) as waits_for
    from quality.complete_month as complete_month
    left join early on complete_month.feed = early.feed and complete_month.month = early.month -- one to one
)

select
    feed,                                                               -- the feed
    month,                                                              -- first day of the month of the event
    case when waits_for = '' then 'final' else 'provisional' end as status, -- final or provisional
    is_complete,                                                        -- whether figures count it
    nullif(waits_for, '') as waits_for,                                 -- what is to come, and of how many providers; null if final
    expected_share,                                                     -- share of their final rows that files of this age used to hold; null without a history
    share_coded                                                         -- rows with a primary diagnosis; null without such a column
from reason
