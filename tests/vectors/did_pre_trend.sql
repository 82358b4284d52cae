--! function = "did_event_study"
--! made_by = "statsmodels 0.15.0 f_test"
--! tolerance = 1e-6
--! tables = { input = "difference_in_differences/input.csv", expected = "did_pre_trend_expected.csv" }
--! remark = "The joint test of the six periods before the reference."

with

study as (
    select 'all' as units, did_event_study(unit, period, y, treated, 7)['pre_trend'] as r
    from input
    union all
    select 'twelve' as units, did_event_study(unit, period, y, treated, 7)['pre_trend'] as r
    from input
    where cast(substr(unit, 2) as bigint) between 7 and 18
)

select
    e.units,
    r['statistic'] as statistic, e.statistic as statistic_expected,
    r['df_first'] as df_first, e.df_first as df_first_expected,
    r['df_second'] as df_second, e.df_second as df_second_expected,
    r['p_value'] as p_value, e.p_value as p_value_expected
from expected as e
left join study as i on i.units = e.units
