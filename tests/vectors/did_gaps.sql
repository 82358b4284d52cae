--! function = "did_two_way"
--! made_by = "statsmodels 0.15.0 OLS, a dummy for every unit and period"
--! tolerance = 1e-6
--! tables = { input = "difference_in_differences/input.csv", expected = "did_expected_gaps.csv" }
--! remark = "The panel without a fifth of its rows."

select
    r['estimate'] as estimate, e.estimate as estimate_expected,
    r['standard_error'] as standard_error, e.std_error as standard_error_expected
from expected as e
cross join (
    select did_two_way(unit, period, y, did)['effect'] as r
    from input
    where (period * 7 + cast(substr(unit, 2) as bigint) * 3) % 5 > 0
) as i
