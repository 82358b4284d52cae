--! summary = "What each person of the risk population used in the year before the day that they are seen on."
--! grain = ["as_of_on", "person_id"]
--! sensitivity = "person"
--! checks = ["unique(as_of_on, person_id)", "accepted_range(n_emergency, 0, 366)"]

with

population as (
    select as_of_on, person_id from risk.population
),

activity as (
    select person_id, started_on, counts_as, cost_pence from core.activity where person_id is not null
)

select
    population.as_of_on,                                                                  -- the day that the person is seen on
    population.person_id,                                                                 -- pseudonym
    count(*) filter (where activity.counts_as = 'emergency_admission') as n_emergency,    -- emergency admissions
    count(*) filter (where activity.counts_as = 'a_and_e_attendance') as n_a_and_e,       -- attendances at emergency departments
    count(*) filter (where activity.counts_as = 'ambulance_incident') as n_ambulance,     -- ambulances called
    count(*) filter (where activity.counts_as = 'outpatient_attendance') as n_outpatient, -- outpatient attendances
    count(*) filter (where activity.counts_as = 'community_contact') as n_community,      -- community contacts
    count(*) filter (where activity.counts_as = 'gp_appointment') as n_gp_appointment,    -- appointments in general practice
    coalesce(sum(activity.cost_pence), 0) as cost_pence                                   -- known costs
from population
left join activity -- one to many
    on population.person_id = activity.person_id
    and activity.started_on >= population.as_of_on - interval '1 year'
    and activity.started_on < population.as_of_on
group by population.as_of_on, population.person_id
