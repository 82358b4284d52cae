--! summary = "Registered people by segment of need, with their emergency admissions and known cost of the year before."
--! grain = ["segment"]
--! sensitivity = "aggregate"
--! checks = ["unique(segment)", "select count(*) from release.segment having sum(n_persons) <> (select count(*) from risk.segment)"]
--! [release]
--! title = "People, emergency admissions and cost by segment"
--! unit = "persons"
--! needs = ["gp_registration", "apc", "gp_event"]
--! dimensions = ["segment"]
--! attributes = ["label", "sort_order"]
--! persons = "n_persons"
--! counts = ["n_persons"]
--! amounts = [{ columns = ["cost_pence"] }]
--! groups = [{ name = "emergency", persons = "n_admitted", counts = ["n_emergency"] }]

with

used as (
    select segment.segment, use.n_emergency, use.cost_pence
    from risk.segment as segment
    inner join risk.use as use on segment.person_id = use.person_id -- one to one: the rows of the as-at date
    where use.as_of_on = $as_at
),

counted as (
    select
        segment, count(*) as n_persons, count(*) filter (where n_emergency > 0) as n_admitted,
        sum(n_emergency) as n_emergency, sum(cost_pence) as cost_pence
    from used
    group by segment
)

select
    segment.segment,                                 -- segment of need
    segment.label,                                   -- its name
    segment.position as sort_order,                  -- place in the order of precedence
    coalesce(counted.n_persons, 0) as n_persons,     -- registered persons on the as-at date
    coalesce(counted.n_admitted, 0) as n_admitted,   -- those with an emergency admission in the year before
    coalesce(counted.n_emergency, 0) as n_emergency, -- their emergency admissions
    coalesce(counted.cost_pence, 0) as cost_pence    -- known cost of the year before
from reference.segment as segment
left join counted on segment.segment = counted.segment -- one to one: counted is grouped by segment
