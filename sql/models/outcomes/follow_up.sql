--! summary = "Each member's emergency admissions and days at risk in the months before and after the index date."
--! grain = ["evaluation", "person_id"]
--! sensitivity = "person"
--! checks = ["unique(evaluation, person_id)", "accepted_range(days_before, 0, 2000)", "select person_id from outcomes.follow_up where events_before > 0 and days_before = 0 or events_after > 0 and days_after = 0"]

select
    evaluation,                                                                             -- the evaluation
    person_id,                                                                              -- pseudonym
    arm,                                                                                    -- case or control
    coalesce(sum(n_events) filter (where month_from_index < 0), 0) as events_before,        -- emergency admissions before the index date
    coalesce(sum(days_at_risk) filter (where month_from_index < 0), 0) as days_before,      -- days at risk before
    coalesce(sum(n_events) filter (where month_from_index >= 0), 0) as events_after,        -- emergency admissions from the index date on
    coalesce(sum(days_at_risk) filter (where month_from_index >= 0), 0) as days_after       -- days at risk from then on
from outcomes.member_month
group by evaluation, person_id, arm
