--! function = "ols"
--! made_by = "statsmodels 0.15.0 OLS, clusters"
--! tolerance = 1e-6
--! tables = { input = "difference_in_differences/input.csv", expected = "difference_in_differences/expected.csv" }

select
    e.term,
    r['estimate'] as estimate, e.estimate as estimate_expected,
    r['standard_error'] as standard_error, e.std_error as standard_error_expected,
    r['lower_95'] as lower_95, e.lower95 as lower_95_expected,
    r['upper_95'] as upper_95, e.upper95 as upper_95_expected
from expected as e
left join (values (0, 'Intercept'), (1, 'treated'), (2, 'post'), (3, 'did')) as n(at, name)
    on n.name = e.term
left join (select unnest(ols(y, [treated, post, did], null, 'cluster', unit)['terms']) as r from input) as i
    on i.r['term'] = n.at
where e.model = 'ols_2x2_cluster_unit'
