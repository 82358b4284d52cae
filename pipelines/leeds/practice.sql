-- The practices of Leeds: open ones with their ward, and closed ones, whom older extracts still name.

with

ward as (
    select distinct ward24_code as ward_code, ward24_name as ward from source.lsoa_2021
),

open_practice as (
    select practice.practice_code, practice.practice_name, ward.ward_code as neighbourhood_code
    from source.practice as practice
    left join ward on practice.ward_name = ward.ward -- many to one
),

-- Prescribing setting 4 is a GP practice (ODS: epraccur).
prescriber as (
    select org_code as practice_code, name as practice_name
    from source.epraccur
    where prescribing_setting = '4'
)

select practice_code, practice_name, neighbourhood_code from open_practice
union all
select prescriber.practice_code, prescriber.practice_name, null as neighbourhood_code
from prescriber
where not exists (select 1 from open_practice where open_practice.practice_code = prescriber.practice_code)
order by practice_code
