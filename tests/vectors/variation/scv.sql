--! function = "scv"
--! made_by = "formulas in numpy"
--! tolerance = 1e-9
--! tables = { input = "variation/input.csv", expected = "variation/expected.csv" }

select
    r['value'] as value, max(value) filter (where stat = 'scv_mcpherson_x100') as value_expected,
    r['chi_square'] as chi_square, max(value) filter (where stat = 'chi_square') as chi_square_expected,
    r['p_value'] as p_value, max(value) filter (where stat = 'chi_square_df_k_minus_1_p') as p_value_expected
from expected
cross join (select scv(observed, expected) as r from input) as i
group by r
