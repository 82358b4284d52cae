--! summary = "The months in which sectors of care can be compared: those for which every feed of the sector is complete, to where the first of all feeds stops."
--! grain = ["sector", "month"]
--! sensitivity = "aggregate"
--! checks = ["unique(sector, month)"]

with

sector_feed as (
    select sector, feed from core.activity group by sector, feed
    union all
    select sector, 'gp_registration' as feed from core.activity group by sector
),

needed as (
    select sector, count(*) as n_feeds from sector_feed group by sector
),

-- every sector is drawn beside every other, so all stop where the first of their feeds does
reach as (
    select min(complete_to.complete_to) as complete_to
    from quality.complete_to as complete_to
    where exists (select 1 from sector_feed where sector_feed.feed = complete_to.feed)
),

-- a month that a feed of the sector lacks would read as less care
complete as (
    select sector_feed.sector, complete_month.month, count(*) as n_feeds
    from sector_feed
    inner join quality.complete_month as complete_month on sector_feed.feed = complete_month.feed -- one to many
    cross join reach -- one row
    where complete_month.is_complete
        and complete_month.month < reach.complete_to
    group by sector_feed.sector, complete_month.month
)

select
    complete.sector, -- sector of care
    complete.month   -- first day of the month
from complete
inner join needed on complete.sector = needed.sector and complete.n_feeds = needed.n_feeds -- many to one
