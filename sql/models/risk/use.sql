--! summary = "What each person of the risk population used in the year before the day that they are seen on."
--! grain = ["as_of_on", "person_id"]
--! sensitivity = "person"
--! checks = ["unique(as_of_on, person_id)", "accepted_range(n_emergency, 0, 366)"]

-- Care over a time (a package) costs on each of its days: the year before takes its own days' share,
-- whenever it began.

with

population as (
    select as_of_on, person_id, cast(as_of_on - interval '1 year' as date) as year_from from risk.population
),

activity as (
    select
        person_id, started_on, counts_as, cost_pence, unit = 'package' as is_package,
        -- a package runs to its end or the as-at date, at least a day
        greatest(started_on + 1, least(coalesce(ended_on, $as_at), $as_at)) as to_on
    from core.activity
    where person_id is not null
),

used as (
    select
        population.as_of_on, population.person_id,
        case when activity.started_on >= population.year_from then activity.counts_as end as counts_as,
        case
            when activity.is_package
                then activity.cost_pence
                    * (least(activity.to_on, population.as_of_on) - greatest(activity.started_on, population.year_from))
                    / (activity.to_on - activity.started_on)
            else activity.cost_pence
        end as cost_pence
    from population
    left join activity -- one to many
        on population.person_id = activity.person_id
        and activity.started_on < population.as_of_on
        and (activity.started_on >= population.year_from
            or activity.is_package and activity.to_on > population.year_from)
)

select
    as_of_on,                                                                    -- the day that the person is seen on
    person_id,                                                                   -- pseudonym
    count(*) filter (where counts_as = 'emergency_admission') as n_emergency,    -- emergency admissions
    count(*) filter (where counts_as = 'a_and_e_attendance') as n_a_and_e,       -- attendances at emergency departments
    count(*) filter (where counts_as = 'ambulance_incident') as n_ambulance,     -- ambulances called
    count(*) filter (where counts_as = 'outpatient_attendance') as n_outpatient, -- outpatient attendances
    count(*) filter (where counts_as = 'community_contact') as n_community,      -- community contacts
    count(*) filter (where counts_as = 'gp_appointment') as n_gp_appointment,    -- appointments in general practice
    coalesce(sum(cost_pence), 0) as cost_pence                                   -- known costs of the year's care
from used
group by as_of_on, person_id
