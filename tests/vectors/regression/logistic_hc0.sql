--! function = "logistic"
--! made_by = "statsmodels 0.15.0 Logit, HC0"
--! tolerance = 1e-6
--! tables = { input = "regression/input.csv", expected = "regression/expected.csv" }

select
    e.term,
    r['estimate'] as estimate, e.estimate as estimate_expected,
    r['standard_error'] as standard_error, e.std_error as standard_error_expected,
    r['lower_95'] as lower_95, e.lower95 as lower_95_expected,
    r['upper_95'] as upper_95, e.upper95 as upper_95_expected
from expected as e
left join (values (0, 'const'), (1, 'x1'), (2, 'x2'), (3, 'x3')) as n(at, name)
    on n.name = e.term
left join (select unnest(logistic(y_binary, [x1, x2, x3], 'hc0')['terms']) as r from input) as i
    on i.r['term'] = n.at
where e.model = 'logit_hc0'
