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

person as (
    select
        standing.whose, standing.person_id,
        count(*) filter (where standing.link_status = 'match') as n_match,
        count(*) filter (where standing.link_status = 'potential') as n_potential,
        count(*) filter (where standing.link_status = 'single') as n_single,
        count(*) filter (where standing.link_status = 'many_matches') as n_many_matches,
        count(*) filter (where standing.link_status = 'conflict') as n_conflict,
        count(*) filter (where standing.link_status = 'too_little_data') as n_too_little_data
    from standing
    group by standing.whose, standing.person_id
),

latest_month as (
    select person_id, first_value(imd_quintile_city order by month desc) as imd_quintile_city
    from core.person_month
    group by person_id
),

aged as (
    select
        person.n_match, person.n_potential, person.n_single, person.n_many_matches, person.n_conflict, person.n_too_little_data,
        about.sex, about.ethnic_group, home.imd_quintile_city,
        date_part('year', $as_at) - date_part('year', about.birth_month)
        - case when date_part('month', $as_at) < date_part('month', about.birth_month) then 1 else 0 end as age_years
    from person
    left join core.person as about on person.person_id = about.person_id -- many to one
    left join latest_month as home on person.person_id = home.person_id -- many to one
),

banded as (
    select
        n_match, n_potential, n_single, n_many_matches, n_conflict, n_too_little_data,
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
        sex, ethnic_group, imd_quintile_city, age_band, count(*) as p_all,
        sum(n_match) as n_match, count(*) filter (where n_match > 0) as p_match,
        sum(n_potential) as n_potential, count(*) filter (where n_potential > 0) as p_potential,
        sum(n_single) as n_single, count(*) filter (where n_single > 0) as p_single,
        sum(n_many_matches) as n_many_matches, count(*) filter (where n_many_matches > 0) as p_many_matches,
        sum(n_conflict) as n_conflict, count(*) filter (where n_conflict > 0) as p_conflict,
        sum(n_too_little_data) as n_too_little_data, count(*) filter (where n_too_little_data > 0) as p_too_little_data
    from banded
    group by sex, ethnic_group, imd_quintile_city, age_band
),

sourced as (
    select 'feed' as dimension, feed as category, identity_id
    from quality.identity_source
    group by feed, identity_id
    union all
    select 'provider_code' as dimension, provider_code as category, identity_id
    from quality.identity_source
    group by provider_code, identity_id
),

sourced_person as (
    select
        sourced.dimension, sourced.category, standing.whose,
        count(*) filter (where standing.link_status = 'match') as n_match,
        count(*) filter (where standing.link_status = 'potential') as n_potential,
        count(*) filter (where standing.link_status = 'single') as n_single,
        count(*) filter (where standing.link_status = 'many_matches') as n_many_matches,
        count(*) filter (where standing.link_status = 'conflict') as n_conflict,
        count(*) filter (where standing.link_status = 'too_little_data') as n_too_little_data
    from sourced
    inner join standing on sourced.identity_id = standing.identity_id -- many to one
    group by sourced.dimension, sourced.category, standing.whose
),

placed as (
    select
        unnest(['all', 'imd_quintile_city', 'ethnic_group', 'sex', 'age_band']) as dimension,
        unnest(['all', imd_quintile_city, ethnic_group, sex, age_band]) as category,
        p_all, n_match, p_match, n_potential, p_potential, n_single, p_single,
        n_many_matches, p_many_matches, n_conflict, p_conflict, n_too_little_data, p_too_little_data
    from described
    union all
    select
        dimension, category, count(*) as p_all,
        sum(n_match) as n_match, count(*) filter (where n_match > 0) as p_match,
        sum(n_potential) as n_potential, count(*) filter (where n_potential > 0) as p_potential,
        sum(n_single) as n_single, count(*) filter (where n_single > 0) as p_single,
        sum(n_many_matches) as n_many_matches, count(*) filter (where n_many_matches > 0) as p_many_matches,
        sum(n_conflict) as n_conflict, count(*) filter (where n_conflict > 0) as p_conflict,
        sum(n_too_little_data) as n_too_little_data, count(*) filter (where n_too_little_data > 0) as p_too_little_data
    from sourced_person
    group by dimension, category
),

told as (
    select
        dimension, category,
        unnest(['match', 'potential', 'single', 'many_matches', 'conflict', 'too_little_data', 'all']) as link_status,
        unnest([n_match, n_potential, n_single, n_many_matches, n_conflict, n_too_little_data,
            n_match + n_potential + n_single + n_many_matches + n_conflict + n_too_little_data]) as n_identities,
        unnest([p_match, p_potential, p_single, p_many_matches, p_conflict, p_too_little_data, p_all]) as n_persons
    from placed
),

counted as (
    select dimension, category, link_status, sum(n_identities) as n_identities, sum(n_persons) as n_persons
    from told
    group by dimension, category, link_status
    having sum(n_identities) > 0
)

select
    dimension,    -- all, feed, provider_code, imd_quintile_city, ethnic_group, sex, age_band
    category,     -- its value; unknown if no feed says, or nobody is known
    link_status,  -- match, potential, single, many_matches, conflict, too_little_data, as in the person index; all of them
    n_identities, -- identities
    n_persons     -- whose they are; one that carries too little counts as somebody
from counted
