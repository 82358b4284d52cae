--! summary = "Activity and known cost per person by month from the index date, sector and arm of each evaluation."
--! grain = ["evaluation", "arm", "month_from_index", "sector"]
--! sensitivity = "aggregate"
--! checks = ["unique(evaluation, arm, month_from_index, sector)", "one_of(arm, 'case', 'control')"]
--! [release]
--! title = "Activity and cost by month from the index month"
--! unit = "events"
--! needs = ["gp_registration", "apc"]
--! dimensions = ["evaluation", "arm", "month_from_index", "sector"]
--! attributes = ["label"]
--! persons = "n_persons"
--! counts = ["n_persons", "n_events"]
--! rates = [{ columns = ["events_per_1000_person_months"], per = 1000, denominator = "person_months", numerator = "n_events" }]
--! amounts = [{ columns = ["cost_per_person_pence"] }]

with

track as (
    select
        evaluation, arm, month_from_index, sector, n_persons as n_at_risk, n_active_persons, n_events, cost_pence,
        person_days / 30.4375 as person_months
    from outcomes.track
),

evaluation as (
    select evaluation, label from reference.evaluation
)

select
    track.evaluation,                                                           -- the evaluation
    evaluation.label,                                                           -- its name
    track.arm,                                                                  -- case or control
    track.month_from_index,                                                     -- months from the index date; 0 is the first after it
    track.sector,                                                               -- sector of care
    track.n_active_persons as n_persons,                                        -- members with an event or a cost in the month
    track.n_events,                                                             -- events
    track.person_months,                                                        -- days at risk of all members, in months of 365.25 / 12 days
    get_field(crude_rate(track.n_events, track.person_months, 1000), 'value') as events_per_1000_person_months, -- events per 1,000 person-months
    track.cost_pence / cast(track.n_at_risk as double) as cost_per_person_pence -- known cost per member at risk
from track
inner join evaluation on track.evaluation = evaluation.evaluation -- many to one
