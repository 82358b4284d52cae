--! function = "funnel_dsr"
--! made_by = "PHEindicatormethods 2.1.0"
--! tolerance = 1e-9
--! tables = { e = "funnel_rate/expected_significance_dsr.csv", points = "funnel_rate/expected_points_dsr_3y.csv" }

select
    e.area,
    r['value'] as value, points.rate_chart as value_expected,
    r['class_unadjusted'] as class,
    case significance
        when 'Low (0.001)' then 'low_998'
        when 'Low (0.025)' then 'low_95'
        when 'Not significant' then 'within'
        when 'High (0.025)' then 'high_95'
        when 'High (0.001)' then 'high_998'
        else null
    end as class_expected,
    r['reason'] as reason,
    case when significance like 'Not applicable%' then 'fewer than 10 events' end as reason_expected
from (select *, funnel_dsr(events, rate, 100000) over () as r from e) as e
left join points on points.area = e.area
