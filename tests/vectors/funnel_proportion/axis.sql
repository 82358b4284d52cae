--! function = "funnel_axis"
--! made_by = "PHEindicatormethods 2.1.0"
--! tolerance = 0.0
--! tables = { e = "funnel_proportion/expected_limits.csv" }
--! remark = "The last point is the peer's choice of a round number above its largest area."

with

axis as (
    select funnel_axis(min("Population"), max("Population")) as axis from e
)

select
    i,
    axis[cast(i as bigint)] as point, "Population" as point_expected
from (select *, row_number() over (order by "Population") as i from e) as e
cross join axis
