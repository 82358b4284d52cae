--! function = "synthetic_control"
--! made_by = "every set of units that may have weight, by numpy; SLSQP of scipy 1.17.1 agrees"
--! tolerance = 1e-9
--! remark = "Which units weigh how much, and how many do."
--! tables = { input = "synthetic_input.csv", expected = "synthetic_weights.csv" }

with

fit as (
    select
        false as is_shifted,
        synthetic_control(unit, period, y, unit = 'E020002', 15) as r
    from input
    union all
    select
        true as is_shifted,
        synthetic_control(unit, period, y, unit = 'E020002', 15, true) as r
    from input
),

weighed as (
    select is_shifted, cast(cardinality(r['weights']) as bigint) as n_weights, unnest(r['weights']) as w
    from fit
)

select
    e.is_shifted,
    e.unit,
    w['weight'] as weight, e.weight as weight_expected,
    f.n_weights as n_weights, e.n_weights as n_weights_expected
from expected as e
left join weighed as f on f.is_shifted = (e.is_shifted = 1) and w['unit_key'] = e.unit
