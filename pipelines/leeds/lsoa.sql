-- The small areas of Leeds: ward, and deprivation by the index that fits the area's vintage.
--
-- Areas of 2021 carry the English Indices of Deprivation 2025. Older extracts still hold the areas of
-- 2011 that were split or merged since: those are the city's too, with the Indices of 2019, and in the
-- ward that most of their successors lie in.

with

deprivation_2025 as (
    select
        lsoa21_code as lsoa_code, cast(cast("IMD_decile" as double) as bigint) as imd_decile_england,
        ntile(5) over (order by cast("IMD_rank" as double), lsoa21_code) as imd_quintile_city
    from source.imd_2025
),

deprivation_2019 as (
    select
        lsoa11_code as lsoa_code, cast(cast("IMD_decile" as double) as bigint) as imd_decile_england,
        ntile(5) over (order by cast("IMD_rank" as double), lsoa11_code) as imd_quintile_city
    from source.imd_2019
),

ward as (
    select lsoa21_code as lsoa_code, ward24_code as ward_code, ward24_name as ward from source.lsoa_2021
),

former as (
    select
        link.lsoa11_code as lsoa_code, ward.ward_code, ward.ward,
        row_number() over (
            partition by link.lsoa11_code order by count(*) desc, ward.ward_code
        ) as place
    from source.lsoa_2011_2021 as link
    inner join ward on link.lsoa21_code = ward.lsoa_code -- many to one
    where not exists (select 1 from ward as present where present.lsoa_code = link.lsoa11_code)
    group by link.lsoa11_code, ward.ward_code, ward.ward
)

select
    ward.lsoa_code,
    ward.ward_code as neighbourhood_code,
    ward.ward as neighbourhood,
    deprivation_2025.imd_decile_england,
    deprivation_2025.imd_quintile_city,
    'Indices of Deprivation 2025' as imd_version
from ward
left join deprivation_2025 on ward.lsoa_code = deprivation_2025.lsoa_code -- one to one
union all
select
    former.lsoa_code,
    former.ward_code as neighbourhood_code,
    former.ward as neighbourhood,
    deprivation_2019.imd_decile_england,
    deprivation_2019.imd_quintile_city,
    'Indices of Deprivation 2019' as imd_version
from former
left join deprivation_2019 on former.lsoa_code = deprivation_2019.lsoa_code -- one to one
where former.place = 1
order by lsoa_code
