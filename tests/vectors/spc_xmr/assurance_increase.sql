--! function = "spc"
--! made_by = "NHSRplotthedots 0.2.2"
--! tolerance = 0.0
--! [tables]
--! synthetic = "spc_xmr/input_synthetic.csv"
--! synthetic_expected = "spc_xmr/expected_synthetic_assurance_increase.csv"
--! ae_attendances = "spc_xmr/input_ae_attendances.csv"
--! ae_attendances_expected = "spc_xmr/expected_ae_attendances_assurance_increase.csv"
--! ae_breaches = "spc_xmr/input_ae_breaches.csv"
--! ae_breaches_expected = "spc_xmr/expected_ae_breaches_assurance_increase.csv"

with

point as (
    select 'synthetic' as "set", e.series, i.date, e.assurance_type,
        spc(i.date, i.value, 'increase', e.target) over (partition by e.series) as c
    from synthetic_expected as e
    left join synthetic as i on i.series = e.series
    union all
    select 'ae_attendances' as "set", e.series, i.date, e.assurance_type,
        spc(i.date, i.value, 'increase', e.target) over (partition by e.series) as c
    from ae_attendances_expected as e
    left join ae_attendances as i on i.series = e.series
    union all
    select 'ae_breaches' as "set", e.series, i.date, e.assurance_type,
        spc(i.date, i.value, 'increase', e.target) over (partition by e.series) as c
    from ae_breaches_expected as e
    left join ae_breaches as i on i.series = e.series
)

select
    "set",
    series,
    date,
    c['assurance'] as assurance, assurance_type as assurance_expected
from point
