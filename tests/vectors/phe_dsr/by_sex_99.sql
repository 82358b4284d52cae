--! function = "dsr"
--! made_by = "PHEindicatormethods 2.1.0"
--! tolerance = 1e-9
--! tables = { input = "phe_dsr/input.csv", expected = "phe_dsr/expected_by_sex_99_per1000.csv" }
--! remark = "Each band of each area is a stratum of its own, as the peer was run."

select
    e.sex,
    r['value'] as value, e.value as value_expected,
    r['lower'] as lower, e.lowercl as lower_expected,
    r['upper'] as upper, e.uppercl as upper_expected
from expected as e
left join (
    select sex, dsr(count, pop, stdpop, 1000, 99) as r from input group by sex
) as d on d.sex = e.sex
