--! summary = "The frozen baseline of each arm: persons, days, emergency admissions and known cost of the months before the index date."
--! grain = ["evaluation", "arm"]
--! sensitivity = "aggregate"
--! checks = ["unique(evaluation, arm)", "accepted_range(n_persons, 1, 100000000)"]

with

follow_up as (
    select evaluation, arm, count(*) as n_persons, sum(events_before) as n_events, sum(days_before) as person_days
    from outcomes.follow_up
    group by evaluation, arm
),

cost as (
    select evaluation, arm, sum(cost_pence) as cost_pence
    from outcomes.track
    where month_from_index < 0
    group by evaluation, arm
),

rated as (
    select
        follow_up.evaluation, follow_up.arm, follow_up.n_persons, follow_up.n_events, follow_up.person_days, cost.cost_pence,
        crude_rate(follow_up.n_events, follow_up.person_days / 365.25, 1000) as rate
    from follow_up
    left join cost on follow_up.evaluation = cost.evaluation and follow_up.arm = cost.arm -- one to one
)

select
    evaluation,                     -- the evaluation
    arm,                            -- case or control
    n_persons,                      -- members
    n_events,                       -- emergency admissions before the index date
    person_days,                    -- days at risk before it
    cost_pence,                     -- known cost of that time
    rate['value'] as rate_per_1000, -- emergency admissions per 1,000 person-years
    rate['lower_95'] as lower_95,   -- lower 95 % limit
    rate['upper_95'] as upper_95    -- upper 95 % limit
from rated
