--! function = "gini"
--! made_by = "formulas in numpy"
--! tolerance = 1e-9
--! tables = { input = "variation/input.csv", expected = "variation/expected.csv" }

select
    r as value, max(value) filter (where stat = 'weighted_gini') as value_expected
from expected
cross join (select gini(observed * 1.0 / population, population)['value'] as r from input) as i
group by r
