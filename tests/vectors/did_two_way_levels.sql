--! function = "did_two_way"
--! made_by = "statsmodels 0.15.0"
--! tolerance = 1e-6
--! tables = { input = "difference_in_differences/input.csv", expected = "did_levels_expected.csv" }
--! remark = "Limits of all units at 99 %, of twelve at 90 % by Student's t."

with

effect as (
    select 'all' as units, did_two_way(unit, period, y, did, 99)['effect'] as r
    from input
    union all
    select 'twelve' as units, did_two_way(unit, period, y, did, 90)['effect'] as r
    from input
    where cast(substr(unit, 2) as bigint) between 7 and 18
)

select
    e.units,
    r['estimate'] as estimate, e.estimate as estimate_expected,
    r['lower'] as lower, e.lower as lower_expected,
    r['upper'] as upper, e.upper as upper_expected
from expected as e
left join effect as i on i.units = e.units
where e.function = 'did_two_way'
