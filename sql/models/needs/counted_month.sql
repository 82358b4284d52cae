--! summary = "The months whose births, deaths and moves say how the registered population changes: whole years of months for which lists and deaths are complete."
--! grain = ["month"]
--! sensitivity = "aggregate"
--! checks = ["unique(month)", "accepted_range(n_days, 28, 31)", "select month from needs.counted_month where month >= $as_at"]

-- A month that a list or a register of deaths has not come for would count everybody as gone, or the
-- dead as moved away. Students come in autumn and leave in summer, so the years are whole ones, back from
-- the last complete month; a month missing within them is left out, in events and in time alike. Fewer
-- than twelve months say nothing.

with

complete as (
    select indicator_month.month, calendar.n_days, max(indicator_month.month) over () as last_month
    from core.indicator_month as indicator_month
    inner join core.month as calendar on indicator_month.month = calendar.month -- many to one
    where indicator_month.indicator = 'death'
        and indicator_month.is_rate_month
),

numbered as (
    select
        month, n_days,
        (date_part('year', last_month) - date_part('year', month)) * 12
            + date_part('month', last_month) - date_part('month', month) as n_months_before
    from complete
),

spanned as (
    select month, n_days, n_months_before, (max(n_months_before) over () + 1) / 12 * 12 as n_months_of_years
    from numbered
)

select
    month,                                                -- first day of the month
    n_days,                                               -- days in it
    n_months_before >= $newborn_months as is_birth_month  -- whether whoever was born in it has had time to join a list
from spanned
where n_months_before < n_months_of_years
