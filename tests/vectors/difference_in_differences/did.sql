--! function = "did"
--! made_by = "statsmodels 0.15.0"
--! tolerance = 1e-6
--! tables = { input = "difference_in_differences/input.csv", expected = "difference_in_differences/expected.csv" }

select
    e.term,
    r['estimate'] as estimate, e.estimate as estimate_expected,
    r['standard_error'] as standard_error, e.std_error as standard_error_expected,
    r['lower_95'] as lower_95, e.lower95 as lower_95_expected,
    r['upper_95'] as upper_95, e.upper95 as upper_95_expected,
    r['p_value'] as p_value, e.p_value as p_value_expected
from expected as e
cross join (select did(unit, y, treated, post)['effect'] as r from input) as i
where e.term = 'did' and e.model = 'ols_2x2_cluster_unit'
