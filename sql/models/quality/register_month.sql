--! summary = "Whether the lists of a register, which say who there is, reach a month: every sender's list, and people who still join."
--! grain = ["feed", "month"]
--! sensitivity = "aggregate"
--! checks = ["unique(feed, month)", "accepted_range(n_silent, 0, 1)"]

-- How many join in a month does not say whether a list is complete, but a list that nobody has joined for
-- so long that chance cannot explain it is old: who left since, and who came, are not known. A later list
-- holds what an earlier one held, so a register has no gaps, only an end.

with

register as (
    select feed from reference.quality_register
),

joined as (
    select standing.feed, standing.month, sum(standing.n_records) as n_records
    from quality.standing_month as standing
    inner join register on standing.feed = register.feed -- many to one
    where standing.month < $as_at
    group by standing.feed, standing.month
),

latest as (
    select feed, max(month) as last_month from joined group by feed
),

recent as (
    select joined.feed, latest.last_month, sum(joined.n_records) / cast($history_months as double) as mean_joined
    from joined
    inner join latest on joined.feed = latest.feed -- many to one
    where joined.month > latest.last_month - cast(concat($history_months, ' months') as interval)
    group by joined.feed, latest.last_month
),

-- expected from the last month on in which somebody joined, against the most that chance makes of nobody
silence as (
    select
        feed, last_month,
        poisson_exact(0)['upper_998'] < $missing_month_share * mean_joined
            * (date_part('year', $as_at) * 12 + date_part('month', $as_at)
                - date_part('year', last_month) * 12 - date_part('month', last_month) - 1) as is_old
    from recent
),

-- files whose names do not say when they are of set no bound of their own
reached as (
    select feed, sender, max(to_on) as to_on
    from quality.delivery
    where to_on is not null and n_accepted > 0
    group by feed, sender
),

sender as (
    select feed, sender, to_on from reached
    union all
    select distinct expected.feed, expected.sender, $data_from as to_on
    from quality.expected as expected
    where not exists (select 1 from reached where reached.feed = expected.feed and reached.sender = expected.sender)
),

behind as (
    select silence.feed, calendar.month, count(*) as n_behind
    from silence
    inner join sender on silence.feed = sender.feed -- one to many
    inner join core.month as calendar on calendar.to_on > sender.to_on -- one to many
    group by silence.feed, calendar.month
)

select
    silence.feed,                                                                              -- the register
    calendar.month,                                                                            -- first day of the month
    case when silence.is_old and calendar.month > silence.last_month then 1 else 0 end as n_silent, -- 1 if nobody has joined since before it
    coalesce(behind.n_behind, 0) as n_behind                                                   -- senders whose list ends before the month does
from silence
cross join core.month as calendar -- every register has every month
left join behind on silence.feed = behind.feed and calendar.month = behind.month -- one to one
