--! function = "standardised_difference"
--! made_by = "the formulas of Austin 2009 and 2011 in numpy"
--! tolerance = 1e-9
--! remark = "Before and after matching, and with weights; of numbers and of a share."
--! tables = { input = "difference_input.csv", expected = "difference_expected.csv" }

with

value as (
    select is_case, 'age' as feature, age as value, before, after, weighted from input
    union all
    select is_case, 'admissions' as feature, admissions as value, before, after, weighted from input
    union all
    select is_case, 'is_frail' as feature, is_frail as value, before, after, weighted from input
),

compared as (
    select feature, 'before' as moment, standardised_difference(is_case, value) as r
    from value
    group by feature
    union all
    select feature, 'after' as moment, standardised_difference(is_case, value, after) as r
    from value
    group by feature
    union all
    select feature, 'weighted' as moment, standardised_difference(is_case, value, weighted) as r
    from value
    group by feature
)

select
    e.moment,
    e.feature,
    r['value'] as value, e.difference as value_expected,
    r['mean_case'] as mean_case, e.mean_case as mean_case_expected,
    r['mean_control'] as mean_control, e.mean_control as mean_control_expected
from expected as e
left join compared as c on c.moment = e.moment and c.feature = e.feature
