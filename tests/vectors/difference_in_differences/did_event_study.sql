--! function = "did_event_study"
--! made_by = "statsmodels 0.15.0"
--! tolerance = 1e-6
--! tables = { input = "difference_in_differences/input.csv", expected = "difference_in_differences/expected.csv" }
--! remark = "The reference is the seventh period."

with

study as (
    select unnest(did_event_study(unit, period, y, treated, 7)['effects']) as r from input
),

effect as (
    select concat('lead', r['from_reference'] + 7) as period, r from study
)

select
    e.term,
    r['estimate'] as estimate, e.estimate as estimate_expected,
    r['standard_error'] as standard_error, e.std_error as standard_error_expected,
    r['lower_95'] as lower_95, e.lower95 as lower_95_expected,
    r['upper_95'] as upper_95, e.upper95 as upper_95_expected
from expected as e
left join effect as i on i.period = e.term
where e.model = 'event_study_ref_period7_cluster_unit'
