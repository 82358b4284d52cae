--! summary = "Counted units of care that each feed holds by financial year: everybody in the feed, wherever they live."
--! grain = ["feed", "financial_year"]
--! sensitivity = "aggregate"
--! checks = ["unique(feed, financial_year)", "not_null(n_events)", "select feed from release.open_data_activity where n_persons > n_events"]
--! [release]
--! title = "Care that each feed holds, by financial year"
--! unit = "events"
--! dimensions = ["feed", "financial_year"]
--! persons = "n_persons"
--! counts = ["n_persons", "n_events"]
--! population = "everybody whose care a feed holds, wherever they live or are registered"

-- What a feed holds, not what happened: a year of which a feed holds half is half there.

with

activity as (
    select
        feed, person_id,
        -- a financial year begins in April
        date_part('year', started_on) - case when date_part('month', started_on) < 4 then 1 else 0 end as start_year
    from core.activity
    where counts_as is not null
        and person_id is not null
        and started_on >= $data_from
        and started_on < $as_at
)

select
    feed,                                   -- who reported it
    concat(start_year, '/', right(cast(start_year + 1 as varchar), 2)) as financial_year, -- April to March
    count(distinct person_id) as n_persons, -- persons with a unit
    count(*) as n_events                    -- units of care that count
from activity
group by feed, start_year
