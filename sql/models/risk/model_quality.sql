--! summary = "How well the admission model, fitted to the others, tells who was admitted among people kept back; by group."
--! grain = ["grouping", "category"]
--! sensitivity = "aggregate"
--! checks = ["unique(grouping, category)", "accepted_range(auc, 0, 1)"]

with

scored as (
    select
        training.was_admitted, training.sex, training.imd_quintile_city, training.age_years,
        logistic_score(coefficient.coefficients, training.features) as probability
    from risk.training as training
    cross join risk.held_out_coefficient as coefficient -- many to one: there is one model
    where training.is_test
),

grouped as (
    select 'all' as grouping, 'all' as category, probability, was_admitted from scored
    union all
    select 'sex' as grouping, sex as category, probability, was_admitted from scored where sex is not null
    union all
    select 'imd_quintile_city' as grouping, cast(imd_quintile_city as varchar) as category, probability, was_admitted
    from scored
    where imd_quintile_city is not null
    union all
    select 'age_group' as grouping, age_group.age_group as category, scored.probability, scored.was_admitted
    from scored
    inner join reference.age_group as age_group -- many to one: groups are half-open and meet
        on scored.age_years >= age_group.from_age and scored.age_years < age_group.to_age
),

judged as (
    select
        grouping, category, count(*) as n, count(*) filter (where was_admitted) as n_admitted,
        auc(probability, was_admitted) as discrimination,
        calibration(probability, was_admitted) as calibration,
        top_share(probability, was_admitted, $top_share) as top_of_list
    from grouped
    group by grouping, category
)

select
    grouping,                                          -- what the group is by
    category,                                          -- the group
    n,                                                 -- persons kept back
    n_admitted,                                        -- those admitted within the year
    discrimination['value'] as auc,                    -- area under the ROC curve
    discrimination['lower_95'] as auc_lower_95,        -- its lower 95 % limit
    discrimination['upper_95'] as auc_upper_95,        -- its upper 95 % limit
    calibration['slope'] as calibration_slope,         -- slope of the outcome on the score's log odds; 1 is right
    calibration['intercept'] as calibration_intercept, -- its intercept; 0 is right
    top_of_list['ppv'] as top_ppv,                     -- share admitted of those in the top share
    top_of_list['sensitivity'] as top_sensitivity      -- share of those admitted who were in the top share
from judged
