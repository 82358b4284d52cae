--! summary = "Emergency admissions of each evaluation's cases against a mixture of groups of its controls that went like them, month by month, before the index date."
--! grain = ["evaluation"]
--! sensitivity = "aggregate"
--! checks = ["unique(evaluation)", "select evaluation from outcomes.synthetic where effect is null and reason is null"]

-- Groups are fifths of deprivation: five in any city, so that months before the index date outnumber them and
-- only one mixture is the best; the p value is a sixth at least. They may lie lower or higher than the cases
-- (Ferman and Pinto 2021); what is compared is the way that they went.

with

member as (
    select
        evaluation, person_id,
        case when arm = 'case' then 'cases' else concat('fifth ', imd_quintile_city) end as unit
    from outcomes.covariate
),

-- persons with an event in the group and time that has fewest: so few decide what the mixture says
few as (
    select
        member.evaluation, member.unit, count(*) as n_persons,
        least(
            count(*) filter (where follow_up.events_before > 0), count(*) filter (where follow_up.events_after > 0)
        ) as n_with
    from member
    inner join outcomes.follow_up as follow_up -- one to one
        on member.evaluation = follow_up.evaluation and member.person_id = follow_up.person_id
    group by member.evaluation, member.unit
),

fewest as (
    select
        evaluation, sum(n_persons) filter (where unit = 'cases') as n_cases,
        sum(n_persons) filter (where unit <> 'cases') as n_controls, min(n_with) as n_with
    from few
    group by evaluation
),

month as (
    select
        member.evaluation, member.unit, month.month_from_index,
        cast(sum(month.n_events) as double) / sum(month.days_at_risk) * 365250 / 12 as per_1000_person_months
    from member
    inner join outcomes.member_month as month -- one to many: a member has a row per month at risk
        on member.evaluation = month.evaluation and member.person_id = month.person_id
    group by member.evaluation, member.unit, month.month_from_index
),

found as (
    select
        evaluation,
        synthetic_control(unit, month_from_index, per_1000_person_months, unit = 'cases', 0, true) as control
    from month
    group by evaluation
),

period as (
    select evaluation, unnest(control['periods']) as period from found
),

ratio as (
    select evaluation, mean_ci(period['observed'])['value'] as observed, mean_ci(period['synthetic'])['value'] as synthetic
    from period
    where period['from_start'] >= 0
    group by evaluation
)

select
    found.evaluation,                                 -- the evaluation
    fewest.n_cases,                                   -- cases
    fewest.n_controls,                                -- controls in the groups
    fewest.n_with as n_fewest_with_event,             -- persons with an event in the group and time that has fewest
    ratio.observed as observed_per_1000,              -- emergency admissions of cases per 1,000 person-months from the index date on, mean of months
    ratio.synthetic as synthetic_per_1000,            -- the same of the mixture
    found.control['effect'] as effect,                -- the former less the latter
    case when ratio.synthetic > 0 then ratio.observed / ratio.synthetic end as rate_ratio, -- the former over the latter
    found.control['p_value'] as p_value,              -- share of groups that part as much when each is taken for the cases
    found.control['error_before'] as error_before,    -- root mean squared gap before the index date
    found.control['error_after'] as error_after,      -- root mean squared gap from it on
    found.control['method'] as method,                -- how it was computed
    found.control['reason'] as reason                 -- why something is missing
from found
inner join fewest on found.evaluation = fewest.evaluation -- one to one
left join ratio on found.evaluation = ratio.evaluation -- one to one
