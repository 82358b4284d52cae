--! summary = "Figures that hang on who is one person: `hub link draws` says how far they vary with links that are uncertain."
--! grain = ["figure", "category"]
--! sensitivity = "aggregate"
--! checks = ["unique(figure, category)", "not_null(value)", "select figure from core.person_figure where value < 0"]

with

registered as (
    select person_id, coalesce(cast(imd_quintile_city as varchar), 'unknown') as imd_quintile_city
    from risk.population
    where as_of_on = $as_at
),

used as (
    select person_id, n_emergency from risk.use where as_of_on = $as_at
),

top as (
    select person_id, probability from risk.top_two_percent where is_top_city
),

seen as (
    select distinct person_id, sector
    from core.activity
    where person_id is not null
        and started_on >= cast($as_at - interval '1 year' as date)
        and started_on < $as_at
),

person_sector as (
    select person_id, count(*) as n_sectors from seen group by person_id
),

admitted as (
    select
        registered.imd_quintile_city, used.n_emergency,
        case when top.person_id is null then 0 else used.n_emergency end as n_emergency_of_top
    from registered
    inner join used on registered.person_id = used.person_id -- one to one
    left join top on registered.person_id = top.person_id -- one to one
),

figure as (
    select 'registered_persons' as figure, 'all' as category, cast(count(*) as double) as value from registered
    union all
    select 'persons_seen' as figure, sector as category, cast(count(*) as double) as value from seen group by sector
    union all
    select 'persons_seen' as figure, 'all' as category, cast(count(*) as double) as value from person_sector
    union all
    select
        'persons_seen_in_several_sectors' as figure, 'all' as category,
        cast(count(*) filter (where n_sectors > 1) as double) as value
    from person_sector
    union all
    select
        'emergency_admissions_per_person_admitted' as figure, 'all' as category,
        cast(sum(n_emergency) as double) / nullif(count(*) filter (where n_emergency > 0), 0) as value
    from admitted
    union all
    select
        'emergency_admissions_per_1000_registered' as figure, imd_quintile_city as category,
        1000.0 * sum(n_emergency) / count(*) as value
    from admitted
    group by imd_quintile_city
    union all
    select
        'percent_of_emergency_admissions_of_top_risk' as figure, 'all' as category,
        100.0 * sum(n_emergency_of_top) / nullif(sum(n_emergency), 0) as value
    from admitted
    union all
    select 'lowest_probability_of_top_risk' as figure, 'all' as category, min(probability) as value from top
)

select
    figure,                         -- what is told; the year is that before the as-at date
    category,                       -- sector, or deprivation fifth within the city (1 the most deprived); else all
    cast(value as double) as value  -- persons, admissions per person or per 1,000, per cent, probability
from figure
where value is not null
