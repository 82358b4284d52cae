--! function = "extremal_quotient"
--! made_by = "formulas in numpy"
--! tolerance = 1e-9
--! tables = { input = "variation/input.csv", expected = "variation/expected.csv" }

select
    r as value, max(value) filter (where stat = 'extremal_quotient') as value_expected
from expected
cross join (select extremal_quotient(observed * 1.0 / population)['value'] as r from input) as i
group by r
