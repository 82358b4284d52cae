--! summary = "The effect of each programme under other choices: months looked at, months left out after the index date, how near a matched control has to be."
--! grain = ["evaluation", "choice", "setting"]
--! sensitivity = "aggregate"
--! checks = ["unique(evaluation, choice, setting)", "one_of(choice, 'window', 'lag', 'caliper')", "select evaluation from outcomes.effect_sensitivity where rate_ratio is null and reason is null"]

-- An effect that changes its sign with such a choice is none that one can rely on. A window of twelve months
-- has the same season before and after.

with

variant as (
    select 'window' as choice, n_months, 0 as n_left_out, cast(n_months as double) as setting
    from (values (6), (12), ($evaluation_months)) as window_length (n_months)
    where n_months <= $evaluation_months
    group by n_months
    union all
    select 'lag' as choice, $evaluation_months as n_months, n_left_out, cast(n_left_out as double) as setting
    from (values (1), (3), (6)) as lag_length (n_left_out)
    where n_left_out < $evaluation_months
),

windowed as (
    select
        month.evaluation, variant.choice, variant.setting, month.person_id, month.arm,
        coalesce(sum(month.n_events) filter (where month.month_from_index < 0), 0) as events_before,
        coalesce(sum(month.days_at_risk) filter (where month.month_from_index < 0), 0) as days_before,
        coalesce(sum(month.n_events) filter (where month.month_from_index >= 0), 0) as events_after,
        coalesce(sum(month.days_at_risk) filter (where month.month_from_index >= 0), 0) as days_after
    from outcomes.member_month as month
    inner join variant -- many to many: every variant looks at every member
        on month.month_from_index >= -variant.n_months
        and month.month_from_index < variant.n_months
        and (month.month_from_index < 0 or month.month_from_index >= variant.n_left_out)
    group by month.evaluation, variant.choice, variant.setting, month.person_id, month.arm
),

near as (
    select
        covariate.evaluation, caliper.setting,
        unnest(matched_controls(
            covariate.person_id, covariate.arm = 'case',
            [covariate.age_years, covariate.is_female, covariate.imd_quintile_city, covariate.n_urgent],
            'propensity', caliper.setting, 3
        )['pairs']) as pair
    from outcomes.covariate as covariate
    cross join (values (0.05), (0.1), (0.4)) as caliper (setting) -- every caliper matches everybody
    group by covariate.evaluation, caliper.setting
),

matched as (
    select evaluation, setting, pair['control_key'] as person_id from near
    union
    select evaluation, setting, pair['case_key'] as person_id from near
),

member as (
    select evaluation, choice, setting, person_id, arm, events_before, days_before, events_after, days_after from windowed
    union all
    select
        matched.evaluation, 'caliper' as choice, matched.setting, matched.person_id, follow_up.arm,
        follow_up.events_before, follow_up.days_before, follow_up.events_after, follow_up.days_after
    from matched
    inner join outcomes.follow_up as follow_up -- many to one
        on matched.evaluation = follow_up.evaluation and matched.person_id = follow_up.person_id
),

compared as (
    select
        evaluation, choice, setting,
        did_rate_ratio(person_id, arm = 'case', events_before, days_before, events_after, days_after) as effect,
        least(
            count(*) filter (where arm = 'case' and events_before > 0), count(*) filter (where arm = 'case' and events_after > 0),
            count(*) filter (where arm <> 'case' and events_before > 0), count(*) filter (where arm <> 'case' and events_after > 0)
        ) as n_fewest_with_event
    from member
    group by evaluation, choice, setting
)

select
    evaluation,                         -- the evaluation
    choice,                             -- window: months before and after; lag: months after the index date that are left out; caliper: of matched controls
    setting,                            -- months; of a caliper standard deviations of log odds
    effect['n_cases'] as n_cases,       -- cases
    effect['n_controls'] as n_controls, -- controls
    n_fewest_with_event,                -- persons with an event in the arm and time that has fewest
    effect['rate_ratio'] as rate_ratio, -- (cases after over before) over (controls after over before)
    effect['lower_95'] as lower_95,     -- lower 95 % limit, clustered by person
    effect['upper_95'] as upper_95,     -- upper 95 % limit
    effect['p_value'] as p_value,       -- two-sided, against a ratio of 1
    effect['reason'] as reason          -- why something is missing
from compared
