--! summary = "The months that the data cover."
--! grain = ["month"]
--! sensitivity = "aggregate"
--! checks = ["unique(month)", "accepted_range(n_days, 28, 31)"]

with

calendar as (
    select unnest(generate_series($data_from, $as_at - interval '1 month', interval '1 month')) as month
)

select
    month,                                             -- first day of the month
    cast(month + interval '1 month' as date) as to_on, -- first day of the month after
    month + interval '1 month' - month as n_days       -- days in the month
from calendar
