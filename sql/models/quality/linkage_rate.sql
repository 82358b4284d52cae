--! summary = "How identities stand after linkage, by feed, provider and group of people: linked, potential, in doubt, in conflict, single, too little data."
--! grain = ["dimension", "category", "link_status"]
--! sensitivity = "aggregate"
--! checks = ["unique(dimension, category, link_status)", "select category from quality.linkage_rate group by dimension, category having sum(case when link_status = 'all' then n_identities else -n_identities end) <> 0"]

-- All counts are rows of persons, never distinct values: a city's identities are too many to hold at once.
-- An identity that carries too little belongs to nobody, so that no group of people is known of it: it
-- counts under unknown, and by feed and provider.

with

standing as (
    select identity_id, person_id, coalesce(person_id, identity_id) as whose, status as link_status from link.person_index
),

of_status as (
    select whose, person_id, link_status, count(*) as n_identities
    from standing
    group by whose, person_id, link_status
),

standing_person as (
    select whose, person_id, link_status, n_identities from of_status
    union all
    select whose, person_id, 'all' as link_status, sum(n_identities) as n_identities
    from of_status
    group by whose, person_id
),

latest_month as (
    select person_id, first_value(imd_quintile_city order by month desc) as imd_quintile_city
    from core.person_month
    group by person_id
),

aged as (
    select
        standing_person.link_status, standing_person.n_identities, person.sex, person.ethnic_group, home.imd_quintile_city,
        date_part('year', $as_at) - date_part('year', person.birth_month)
        - case when date_part('month', $as_at) < date_part('month', person.birth_month) then 1 else 0 end as age_years
    from standing_person
    left join core.person as person on standing_person.person_id = person.person_id -- many to one
    left join latest_month as home on standing_person.person_id = home.person_id -- many to one
),

banded as (
    select
        link_status, n_identities,
        coalesce(sex, 'unknown') as sex,
        coalesce(ethnic_group, 'unknown') as ethnic_group,
        coalesce(cast(imd_quintile_city as varchar), 'unknown') as imd_quintile_city,
        case
            when age_years is null then 'unknown'
            when age_years < 18 then '0-17'
            when age_years < 40 then '18-39'
            when age_years < 65 then '40-64'
            when age_years < 80 then '65-79'
            else '80+'
        end as age_band
    from aged
),

described as (
    select
        link_status, sex, ethnic_group, imd_quintile_city, age_band,
        sum(n_identities) as n_identities, count(*) as n_persons
    from banded
    group by link_status, sex, ethnic_group, imd_quintile_city, age_band
),

described_placed as (
    select
        link_status, n_identities, n_persons,
        unnest(['all', 'imd_quintile_city', 'ethnic_group', 'sex', 'age_band']) as dimension,
        unnest(['all', imd_quintile_city, ethnic_group, sex, age_band]) as category
    from described
),

sourced as (
    select
        standing.identity_id, standing.whose, standing.link_status,
        unnest(['feed', 'provider_code']) as dimension, unnest([source.feed, source.provider_code]) as category
    from quality.identity_source as source -- one to many: an identity comes in several feeds
    inner join standing on source.identity_id = standing.identity_id
),

sourced_once as (
    select dimension, category, whose, link_status, identity_id
    from sourced
    group by dimension, category, whose, link_status, identity_id
),

sourced_status as (
    select dimension, category, whose, link_status, count(*) as n_identities
    from sourced_once
    group by dimension, category, whose, link_status
),

sourced_person as (
    select dimension, category, link_status, n_identities from sourced_status
    union all
    select dimension, category, 'all' as link_status, sum(n_identities) as n_identities
    from sourced_status
    group by dimension, category, whose
),

counted as (
    select dimension, category, link_status, sum(n_identities) as n_identities, sum(n_persons) as n_persons
    from described_placed
    group by dimension, category, link_status
    union all
    select dimension, category, link_status, sum(n_identities) as n_identities, count(*) as n_persons
    from sourced_person
    group by dimension, category, link_status
)

select
    dimension,    -- all, feed, provider_code, imd_quintile_city, ethnic_group, sex, age_band
    category,     -- its value; unknown if no feed says, or nobody is known
    link_status,  -- match, potential, single, many_matches, conflict, too_little_data, as in the person index; all of them
    n_identities, -- identities
    n_persons     -- whose they are; one that carries too little counts as somebody
from counted
