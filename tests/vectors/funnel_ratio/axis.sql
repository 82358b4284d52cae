--! function = "funnel_axis"
--! made_by = "PHEindicatormethods 2.1.0"
--! tolerance = 0.0
--! tables = { e = "funnel_ratio/expected_limits_isr.csv" }
--! remark = "The last point is the peer's choice of a round number above its largest area."

with

axis as (
    select funnel_axis(min("Observed_events"), max("Observed_events")) as axis from e
)

select
    i,
    axis[cast(i as bigint)] as point, "Observed_events" as point_expected
from (select *, row_number() over (order by "Observed_events") as i from e) as e
cross join axis
