--! function = "matched_controls"
--! made_by = "a search through all pairs in numpy, propensity by statsmodels 0.15.0"
--! tolerance = 1e-9
--! remark = "Pairs, and how many there are of each setting; the caliper of log odds is in their standard deviations."
--! tables = { input = "matching_input.csv", expected = "matching_expected.csv" }

with

person as (
    select
        person,
        is_case,
        practice,
        [cast(age as double), frailty, cast(admissions as double)] as features
    from input
),

setting as (
    select
        'propensity' as setting,
        matched_controls(person, is_case, features, 'propensity', 0.2, 2) as r
    from person
    union all
    select
        'propensity_by_practice' as setting,
        matched_controls(person, is_case, features, 'propensity', null, 1, false, practice) as r
    from person
    union all
    select
        'propensity_replaced' as setting,
        matched_controls(person, is_case, features, null, 0.5, 3, true, practice) as r
    from person
    union all
    select
        'mahalanobis' as setting,
        matched_controls(person, is_case, features, 'mahalanobis', 1, 2, false, practice) as r
    from person
    union all
    select
        'mahalanobis_replaced' as setting,
        matched_controls(person, is_case, features, 'mahalanobis', 0.75, 2, true) as r
    from person
),

matched as (
    select
        setting,
        cardinality(r['pairs']) as n_pairs,
        unnest(r['pairs']) as pair
    from setting
)

select
    e.setting,
    e.case_key,
    e.rank,
    pair['control_key'] as control_key, e.control_key as control_key_expected,
    pair['distance'] as distance, e.distance as distance_expected,
    cast(m.n_pairs as bigint) as n_pairs, e.n_pairs as n_pairs_expected
from expected as e
left join matched as m
    on m.setting = e.setting and pair['case_key'] = e.case_key and pair['rank'] = e.rank
