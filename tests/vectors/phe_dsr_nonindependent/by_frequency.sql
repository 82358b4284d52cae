--! function = "dsr_repeat"
--! made_by = "PHEindicatormethods 2.1.0"
--! tolerance = 1e-9
--! tables = { input = "phe_dsr_nonindependent/input.csv", expected = "phe_dsr_nonindependent/expected.csv" }

select
    e.area,
    r['value'] as value, e.value as value_expected,
    r['lower_95'] as lower_95, e.lower95_0cl as lower_95_expected,
    r['upper_95'] as upper_95, e.upper95_0cl as upper_95_expected,
    r['lower_998'] as lower_998, e.lower99_8cl as lower_998_expected,
    r['upper_998'] as upper_998, e.upper99_8cl as upper_998_expected,
    r['n_events'] as n_events, e.total_count as n_events_expected,
    r['population'] as population, e.total_pop as population_expected,
    r['method'] as method, e.method as method_expected
from expected as e
left join (
    select area, dsr_repeat(ageband, pop, stdpop, eventfreq, persons, 100000) as r
    from input
    group by area
) as d on d.area = e.area
