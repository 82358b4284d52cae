--! summary = "How far each feed is complete: to the end of its last month that is complete for every provider."
--! grain = ["feed"]
--! sensitivity = "aggregate"
--! checks = ["unique(feed)", "not_null(complete_to)"]

with

month as (
    select feed, month, is_complete from quality.complete_month
),

reach as (
    select feed, cast(max(month) filter (where is_complete) + interval '1 month' as date) as complete_to from month group by feed
),

gap as (
    select month.feed, count(*) as n_gaps
    from month
    inner join reach on month.feed = reach.feed -- many to one
    where not month.is_complete and month.month < reach.complete_to
    group by month.feed
)

select
    reach.feed,                                             -- the feed
    coalesce(reach.complete_to, $data_from) as complete_to, -- first day after its last complete month
    coalesce(gap.n_gaps, 0) as n_gaps                       -- months before that day which are not complete
from reach
left join gap on reach.feed = gap.feed -- one to one
