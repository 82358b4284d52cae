--! function = "funnel_ratio"
--! made_by = "PHEindicatormethods 2.1.0"
--! tolerance = 0.0
--! tables = { e = "funnel_ratio/expected_significance.csv" }

select
    area,
    r['class_unadjusted'] as class,
    case significance
        when 'Low (0.001)' then 'low_998'
        when 'Low (0.025)' then 'low_95'
        when 'Not significant' then 'within'
        when 'High (0.025)' then 'high_95'
        when 'High (0.001)' then 'high_998'
    end as class_expected
from (select *, funnel_ratio(observed, expected) over () as r from e) as e
