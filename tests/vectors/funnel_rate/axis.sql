--! function = "funnel_axis"
--! made_by = "PHEindicatormethods 2.1.0"
--! tolerance = 0.0
--! tables = { e = "funnel_rate/expected_limits_crude_3y.csv" }
--! remark = "The last point is the peer's choice of a round number above its largest area."

with

axis as (
    select funnel_axis(min("Events"), max("Events")) as axis from e
)

select
    i,
    axis[cast(i as bigint)] as point, "Events" as point_expected
from (select *, row_number() over (order by "Events") as i from e) as e
cross join axis
