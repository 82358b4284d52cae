--! function = "spc"
--! made_by = "NHSRplotthedots 0.2.2"
--! tolerance = 1e-9
--! [tables]
--! synthetic = "spc_xmr/input_synthetic.csv"
--! synthetic_expected = "spc_xmr/expected_synthetic_screenFALSE_neutral.csv"
--! ae_attendances = "spc_xmr/input_ae_attendances.csv"
--! ae_attendances_expected = "spc_xmr/expected_ae_attendances_screenFALSE_neutral.csv"
--! ae_breaches = "spc_xmr/input_ae_breaches.csv"
--! ae_breaches_expected = "spc_xmr/expected_ae_breaches_screenFALSE_neutral.csv"

with

point as (
    select 'synthetic' as "set", series, date,
        spc(date, value, 'neutral', null, null, null, 7, false) over (partition by series) as c
    from synthetic
    union all
    select 'ae_attendances' as "set", series, date,
        spc(date, value, 'neutral', null, null, null, 7, false) over (partition by series) as c
    from ae_attendances
    union all
    select 'ae_breaches' as "set", series, date,
        spc(date, value, 'neutral', null, null, null, 7, false) over (partition by series) as c
    from ae_breaches
),

expected as (
    select 'synthetic' as "set", * from synthetic_expected
    union all
    select 'ae_attendances' as "set", * from ae_attendances_expected
    union all
    select 'ae_breaches' as "set", * from ae_breaches_expected
)

select
    e."set",
    e.series,
    e.date,
    c['centre'] as centre, e.mean as centre_expected,
    c['lower_limit'] as lower_limit, e.lpl as lower_limit_expected,
    c['upper_limit'] as upper_limit, e.upl as upper_limit_expected,
    c['side'] as side, e.relative_to_mean as side_expected,
    c['is_outside'] as is_outside, lower(e.outside_limits) as is_outside_expected,
    c['is_near'] as is_near, lower(e.close_to_limits) as is_near_expected,
    c['special_cause'] as special_cause, e.special_cause_type as special_cause_expected,
    c['point_type'] as point_type, e.point_type as point_type_expected
from expected as e
left join point as p
    on p."set" = e."set" and p.series = e.series and p.date = e.date
