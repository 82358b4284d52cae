--! summary = "How many registered people have each long-term condition, and how many will in 5, 10, 15 and 20 years if its share of each age stays what it is."
--! grain = ["condition"]
--! sensitivity = "aggregate"
--! checks = ["unique(condition)", "accepted_range(n_persons, 0, 100000000)"]
--! [release]
--! title = "People with long-term conditions, today and to come"
--! unit = "persons"
--! needs = ["gp_registration", "apc", "gp_event"]
--! dimensions = ["condition"]
--! attributes = ["label", "basis", "sort_order"]
--! persons = "n_persons"
--! counts = ["n_persons"]
--! estimates = [
--!     { columns = ["in_5_years", "in_10_years", "in_15_years", "in_20_years"] },
--!     { columns = ["change_in_10_years", "change_in_20_years"], step = 1 },
--! ]

-- A person may have several conditions, so they do not add up. What is to come follows from today's
-- counts, so a condition whose count is hidden shows neither.

with

wide as (
    select
        condition, label, position, basis, max(n_persons) as n_persons, max(persons) filter (where years = 5) as in_5_years,
        max(persons) filter (where years = 10) as in_10_years, max(persons) filter (where years = 15) as in_15_years,
        max(persons) filter (where years = 20) as in_20_years
    from needs.condition_projection
    group by condition, label, position, basis
)

select
    condition,              -- the condition
    label,                  -- its name
    basis,                  -- what the years to come follow from, or why nothing can be said of them
    position as sort_order, -- place in the report
    n_persons,              -- registered people with it on the as-at date
    in_5_years,             -- people expected to have it then; null where nothing can be said
    in_10_years,            -- the same
    in_15_years,            -- the same
    in_20_years,            -- the same
    100 * (in_10_years / nullif(n_persons, 0) - 1) as change_in_10_years, -- per cent of today's
    100 * (in_20_years / nullif(n_persons, 0) - 1) as change_in_20_years  -- the same
from wide
