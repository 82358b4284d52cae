--! function = "logistic"
--! made_by = "statsmodels 0.15.0 Logit"
--! tolerance = 1e-6
--! tables = { input = "logistic_input.csv", expected = "logistic_expected.csv" }

select
    e.term,
    r['coefficients'][e.at] as estimate, e.estimate as estimate_expected,
    r['standard_errors'][e.at] as standard_error, e.std_error as standard_error_expected
from (
    select *, case term when 'const' then 1 else 1 + cast(substr(term, 2) as bigint) end as at
    from expected
) as e
cross join (select logistic(y_binary, [x1, x2, x3]) as r from input) as i
