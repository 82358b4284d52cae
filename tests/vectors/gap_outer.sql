--! function = "gap"
--! made_by = "statsmodels 0.15.0 and numpy"
--! tolerance = 1e-9
--! tables = { input = "gap_input.csv", expected = "gap_expected.csv" }
--! remark = "Where the peer's method has limits at 99.8 % from the same numbers: rates and means."

select
    e."case",
    r['lower_998'] as lower_998, e.lower_998 as lower_998_expected,
    r['upper_998'] as upper_998, e.upper_998 as upper_998_expected
from (select * from expected where measure = 'difference' and lower_998 is not null) as e
left join (
    select "case", gap(rank, value, lower_95, upper_95, kind) as r
    from input
    group by "case"
) as i on i."case" = e."case"
