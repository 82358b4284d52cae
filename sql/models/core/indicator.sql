--! summary = "The indicators that can be counted: those whose feed sent something. The others have no data, which is not nought."
--! grain = ["indicator"]
--! sensitivity = "aggregate"
--! checks = ["unique(indicator)", "not_null(counts_as)", "select indicator from core.indicator as counted where not exists (select 1 from reference.indicator_feed as needed where needed.indicator = counted.indicator and needed.feed = counted.feed)"]

with

sent as (
    select feed from quality.delivery group by feed having sum(n_accepted) > 0
)

select
    indicator.indicator,  -- what is counted
    indicator.counts_as,  -- the activity that counts
    indicator.label,      -- its name
    indicator.unit,       -- what one is
    indicator.sort_order, -- place in the report
    indicator.has_trend,  -- whether it is forecast
    indicator.feed        -- where it is counted
from reference.indicator as indicator
inner join sent on indicator.feed = sent.feed -- many to one: a feed is there once
