--! function = "did_event_study"
--! made_by = "statsmodels 0.15.0"
--! tolerance = 1e-6
--! tables = { input = "difference_in_differences/input.csv", expected = "did_levels_expected.csv" }
--! remark = "Limits of all units at 99 %, of twelve at 90 % by Student's t."

with

effect as (
    select 'all' as units, unnest(did_event_study(unit, period, y, treated, 7, 99)['effects']) as r
    from input
    union all
    select 'twelve' as units, unnest(did_event_study(unit, period, y, treated, 7, 90)['effects']) as r
    from input
    where cast(substr(unit, 2) as bigint) between 7 and 18
)

select
    e.units,
    e.from_reference,
    r['estimate'] as estimate, e.estimate as estimate_expected,
    r['lower'] as lower, e.lower as lower_expected,
    r['upper'] as upper, e.upper as upper_expected
from expected as e
left join effect as i on i.units = e.units and i.r['from_reference'] = e.from_reference
where e.function = 'did_event_study'
