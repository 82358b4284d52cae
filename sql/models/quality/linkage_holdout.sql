--! summary = "How good linkage without NHS numbers is: records whose number was hidden for a trial, nightly, by where they ended up."
--! grain = ["dimension", "category"]
--! sensitivity = "aggregate"
--! checks = ["unique(dimension, category)", "select category from quality.linkage_holdout where n_identities <> n_too_little_data + n_found + n_wrong + n_mistaken + n_missed + n_alone", "select category from quality.linkage_holdout where dimension <> 'all' and n_identities > (select n_identities from quality.linkage_holdout where dimension = 'all')"]

-- An identity is one way in which records describe a person. Every night the NHS number of one in
-- twenty records with a trusted one is hidden, and they are linked without it: each identity with
-- such records once. Who is linked with somebody is right if that person has the hidden number; who
-- is to be found is every identity whose number other records carry.

with

drawn as (
    select identity_id, person_id, holdout from link.person_index where holdout is not null
),

source as (
    select drawn.identity_id, drawn.holdout, source.feed, source.provider_code
    from drawn
    inner join quality.identity_source as source on drawn.identity_id = source.identity_id -- one to many: an identity comes in several feeds
),

latest_month as (
    select person_id, first_value(imd_quintile_city order by month desc) as imd_quintile_city
    from core.person_month
    group by person_id
),

described as (
    select
        drawn.identity_id, drawn.holdout, person.sex, person.ethnic_group, home.imd_quintile_city,
        date_part('year', $as_at) - date_part('year', person.birth_month)
        - case when date_part('month', $as_at) < date_part('month', person.birth_month) then 1 else 0 end as age_years
    from drawn
    left join core.person as person on drawn.person_id = person.person_id -- many to one
    left join latest_month as home on drawn.person_id = home.person_id -- many to one
),

placed as (
    select 'all' as dimension, 'all' as category, identity_id, holdout from drawn
    union all
    select 'feed' as dimension, feed as category, identity_id, holdout from source
    group by feed, identity_id, holdout
    union all
    select 'provider_code' as dimension, provider_code as category, identity_id, holdout from source
    group by provider_code, identity_id, holdout
    union all
    select
        'imd_quintile_city' as dimension, coalesce(cast(imd_quintile_city as varchar), 'unknown') as category,
        identity_id, holdout
    from described
    union all
    select 'ethnic_group' as dimension, coalesce(ethnic_group, 'unknown') as category, identity_id, holdout
    from described
    union all
    select 'sex' as dimension, coalesce(sex, 'unknown') as category, identity_id, holdout from described
    union all
    select
        'age_band' as dimension,
        case
            when age_years is null then 'unknown'
            when age_years < 18 then '0-17'
            when age_years < 40 then '18-39'
            when age_years < 65 then '40-64'
            when age_years < 80 then '65-79'
            else '80+'
        end as category,
        identity_id, holdout
    from described
),

counted as (
    select
        dimension, category,
        count(*) as n_identities,
        count(*) filter (where holdout = 'too_little_data') as n_too_little_data,
        count(*) filter (where holdout = 'found') as n_found,
        count(*) filter (where holdout = 'wrong') as n_wrong,
        count(*) filter (where holdout = 'mistaken') as n_mistaken,
        count(*) filter (where holdout = 'missed') as n_missed,
        count(*) filter (where holdout = 'alone') as n_alone
    from placed
    group by dimension, category
),

judged as (
    select
        dimension, category, n_identities, n_too_little_data, n_found, n_wrong, n_mistaken, n_missed, n_alone,
        wilson(n_found, n_found + n_wrong + n_mistaken) as found_of_linked,
        wilson(n_found, n_found + n_wrong + n_missed) as found_of_sought
    from counted
)

select
    dimension,                                         -- all, feed, provider_code, imd_quintile_city, ethnic_group, sex, age_band
    category,                                          -- its value; unknown if no feed says
    n_identities,                                      -- identities with records whose number was hidden
    n_too_little_data,                                 -- of these, too little was left to link
    n_found,                                           -- linked with the person of their number
    n_wrong,                                           -- linked with another numbered person instead
    n_mistaken,                                        -- linked with another numbered person though nobody else carries their number
    n_missed,                                          -- linked with no numbered person though other records carry their number
    n_alone,                                           -- rightly linked with no numbered person
    found_of_linked['value'] as precision_value,       -- of those linked with a numbered person, the share that are right
    found_of_linked['lower_95'] as precision_lower_95, -- lower 95 % limit (Wilson)
    found_of_linked['upper_95'] as precision_upper_95, -- upper 95 % limit
    found_of_sought['value'] as recall_value,          -- of those with somebody to be found, the share that are
    found_of_sought['lower_95'] as recall_lower_95,    -- lower 95 % limit (Wilson)
    found_of_sought['upper_95'] as recall_upper_95     -- upper 95 % limit
from judged
