--! function = "empirical_bayes"
--! made_by = "formulas in numpy"
--! tolerance = 1e-9
--! tables = { input = "variation/input.csv", expected = "variation/expected_area.csv", shared = "variation/expected.csv" }

select
    e.area,
    r['value'] as value, e.marshall_eb_rate as value_expected,
    r['baseline'] as baseline, mean.value as baseline_expected,
    r['between'] as between_areas, a.value as between_areas_expected
from expected as e
left join (select area, empirical_bayes(observed, population) over () as r from input) as i
    on i.area = e.area
left join shared as mean on mean.stat = 'marshall_eb_mean'
left join shared as a on a.stat = 'marshall_eb_A'
