--! summary = "Counted units of care that each feed holds by financial year, in the months that it is complete for: everybody in the feed, wherever they live."
--! grain = ["feed", "financial_year"]
--! sensitivity = "aggregate"
--! checks = ["unique(feed, financial_year)", "not_null(n_events)", "not_null(period)", "select feed from release.open_data_activity where n_persons > n_events"]
--! [release]
--! title = "Care that each feed holds, by financial year"
--! unit = "events"
--! dimensions = ["feed", "financial_year"]
--! attributes = ["period"]
--! persons = "n_persons"
--! counts = ["n_persons", "n_events"]
--! population = "everybody whose care a feed holds, wherever they live or are registered"

-- What a feed holds, not what happened: a year of which a feed holds half is half there, and says so.

with

complete as (
    select
        feed, month,
        -- a financial year begins in April
        date_part('year', month) - case when date_part('month', month) < 4 then 1 else 0 end as start_year
    from quality.complete_month
    where is_complete
),

year as (
    select
        feed, start_year, min(month) as from_on, max(month) as last_month,
        (date_part('year', max(month)) - date_part('year', min(month))) * 12
            + date_part('month', max(month)) - date_part('month', min(month)) + 1 - count(*) as n_gaps
    from complete
    group by feed, start_year
),

activity as (
    select feed, person_id, cast(date_trunc('month', started_on) as date) as month
    from core.activity
    where counts_as is not null
        and person_id is not null
),

counted as (
    select complete.feed, complete.start_year, count(distinct activity.person_id) as n_persons, count(*) as n_events
    from activity
    inner join complete on activity.feed = complete.feed and activity.month = complete.month -- many to one
    group by complete.feed, complete.start_year
)

select
    counted.feed,              -- who reported it
    concat(counted.start_year, '/', right(cast(counted.start_year + 1 as varchar), 2)) as financial_year, -- April to March
    concat(
        to_char(year.from_on, '%B %Y'), case when year.from_on < year.last_month then concat(' to ', to_char(year.last_month, '%B %Y')) else '' end,
        case when year.n_gaps > 0 then concat(' without ', year.n_gaps, case year.n_gaps when 1 then ' month' else ' months' end) else '' end
    ) as period,               -- the months of the year that the feed is complete for: others are not counted
    counted.n_persons,         -- persons with a unit
    counted.n_events           -- units of care that count
from counted
inner join year on counted.feed = year.feed and counted.start_year = year.start_year -- many to one
