--! function = "synthetic_control"
--! made_by = "every set of units that may have weight, by numpy; SLSQP of scipy 1.17.1 agrees"
--! tolerance = 1e-9
--! remark = "The effect, its errors and the p value of the placebos, plain and shifted."
--! tables = { input = "synthetic_input.csv", expected = "synthetic_expected.csv" }

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
)

select
    e.is_shifted,
    r['effect'] as effect, e.effect as effect_expected,
    r['error_before'] as error_before, e.error_before as error_before_expected,
    r['error_after'] as error_after, e.error_after as error_after_expected,
    r['p_value'] as p_value, e.p_value as p_value_expected
from expected as e
left join fit on fit.is_shifted = (e.is_shifted = 1)
