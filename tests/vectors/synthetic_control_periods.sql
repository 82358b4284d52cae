--! function = "synthetic_control"
--! made_by = "every set of units that may have weight, by numpy; SLSQP of scipy 1.17.1 agrees"
--! tolerance = 1e-9
--! remark = "The mixture in each period."
--! tables = { input = "synthetic_input.csv", expected = "synthetic_periods.csv" }

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

drawn as (
    select is_shifted, unnest(r['periods']) as p from fit
)

select
    e.is_shifted,
    e.from_start,
    p['observed'] as observed, e.observed as observed_expected,
    p['synthetic'] as synthetic, e.synthetic as synthetic_expected
from expected as e
left join drawn as d on d.is_shifted = (e.is_shifted = 1) and p['from_start'] = e.from_start
