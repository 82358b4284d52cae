--! summary = "How identities stand after linkage, by feed, provider and group of people: linked, potential, in doubt, in conflict, single, too little data."
--! grain = ["dimension", "category", "link_status"]
--! sensitivity = "aggregate"
--! checks = ["unique(dimension, category, link_status)", "select category from quality.linkage_rate group by dimension, category having sum(case when link_status = 'all' then n_identities else -n_identities end) <> 0"]

-- An identity that carries too little belongs to nobody, so that no group of people is known of it: it
-- counts under unknown, and by feed and provider.

with

standing as (
    select identity_id, person_id, coalesce(person_id, identity_id) as whose, status as link_status from link.person_index
),

source as (
    select standing.identity_id, standing.whose, standing.link_status, source.feed, source.provider_code
    from standing
    inner join quality.identity_source as source on standing.identity_id = source.identity_id -- one to many: an identity comes in several feeds
),

latest_month as (
    select person_id, first_value(imd_quintile_city order by month desc) as imd_quintile_city
    from core.person_month
    group by person_id
),

described as (
    select
        standing.identity_id, standing.whose, standing.link_status, person.sex, person.ethnic_group, home.imd_quintile_city,
        date_part('year', $as_at) - date_part('year', person.birth_month)
        - case when date_part('month', $as_at) < date_part('month', person.birth_month) then 1 else 0 end as age_years
    from standing
    left join core.person as person on standing.person_id = person.person_id -- many to one
    left join latest_month as home on standing.person_id = home.person_id -- many to one
),

placed as (
    select 'all' as dimension, 'all' as category, identity_id, whose, link_status from standing
    union all
    select 'feed' as dimension, feed as category, identity_id, whose, link_status from source
    group by feed, identity_id, whose, link_status
    union all
    select 'provider_code' as dimension, provider_code as category, identity_id, whose, link_status from source
    group by provider_code, identity_id, whose, link_status
    union all
    select
        'imd_quintile_city' as dimension, coalesce(cast(imd_quintile_city as varchar), 'unknown') as category,
        identity_id, whose, link_status
    from described
    union all
    select 'ethnic_group' as dimension, coalesce(ethnic_group, 'unknown') as category, identity_id, whose, link_status
    from described
    union all
    select 'sex' as dimension, coalesce(sex, 'unknown') as category, identity_id, whose, link_status from described
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
        identity_id, whose, link_status
    from described
),

counted as (
    select dimension, category, link_status, count(*) as n_identities, count(distinct whose) as n_persons
    from placed
    group by dimension, category, link_status
    union all
    select dimension, category, 'all' as link_status, count(*) as n_identities, count(distinct whose) as n_persons
    from placed
    group by dimension, category
)

select
    dimension,    -- all, feed, provider_code, imd_quintile_city, ethnic_group, sex, age_band
    category,     -- its value; unknown if no feed says, or nobody is known
    link_status,  -- match, potential, single, many_matches, conflict, too_little_data, as in the person index; all of them
    n_identities, -- identities
    n_persons     -- whose they are; one that carries too little counts as somebody
from counted
