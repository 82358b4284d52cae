--! summary = "Emergency admissions by neighbourhood, age group, sex and financial year: the open-data candidate."
--! grain = ["neighbourhood_code", "age_group", "sex", "financial_year"]
--! sensitivity = "aggregate"
--! checks = ["unique(neighbourhood_code, age_group, sex, financial_year)", "select neighbourhood_code from release.open_data_emergency where n_persons > n_events"]
--! [release]
--! title = "Emergency admissions by {area}, age and sex"
--! unit = "events"
--! needs = ["gp_registration", "apc"]
--! dimensions = ["neighbourhood_code", "age_group", "sex", "financial_year"]
--! attributes = ["neighbourhood", "period"]
--! persons = "n_persons"
--! counts = ["n_persons", "n_events"]
--! rates = [{ columns = ["rate_per_1000"], per = 1000, denominator = "person_years", numerator = "n_events" }]

-- Of each year the months that are complete, in events and person-time alike.

with

complete as (
    select
        month,
        -- a financial year begins in April
        date_part('year', month) - case when date_part('month', month) < 4 then 1 else 0 end as start_year
    from core.indicator_month
    where indicator = 'emergency_admission'
),

year as (
    select
        start_year, min(month) as from_on, max(month) as last_month,
        (date_part('year', max(month)) - date_part('year', min(month))) * 12
            + date_part('month', max(month)) - date_part('month', min(month)) + 1 - count(*) as n_gaps
    from complete
    group by start_year
),

person_month as (
    select
        person_month.person_id, person_month.month, person_month.neighbourhood_code, person_month.sex,
        person_month.age_years, person_month.days_at_risk, complete.start_year
    from core.person_month as person_month
    inner join complete on person_month.month = complete.month -- many to one
    where person_month.neighbourhood_code is not null
        and person_month.sex in ('female', 'male')
        and person_month.age_years is not null
),

admission as (
    select person_id, cast(date_trunc('month', started_on) as date) as month, count(*) as n_events
    from core.activity
    where counts_as = 'emergency_admission'
        and in_scope_registered
        and person_id is not null
    group by person_id, cast(date_trunc('month', started_on) as date)
),

counted as (
    select
        person_month.neighbourhood_code, age_group.age_group, person_month.sex, person_month.start_year,
        sum(person_month.days_at_risk) as person_days, coalesce(sum(admission.n_events), 0) as n_events,
        count(distinct admission.person_id) as n_persons
    from person_month
    inner join reference.age_group as age_group -- many to one: groups are half-open and meet
        on person_month.age_years >= age_group.from_age and person_month.age_years < age_group.to_age
    left join admission on person_month.person_id = admission.person_id and person_month.month = admission.month -- one to one
    group by person_month.neighbourhood_code, age_group.age_group, person_month.sex, person_month.start_year
),

area as (
    select distinct neighbourhood_code, neighbourhood from reference.lsoa where neighbourhood_code is not null
)

select
    counted.neighbourhood_code,                   -- the neighbourhood
    area.neighbourhood,                           -- its name
    counted.age_group,                            -- age on the first of the month: 0-17, 18-64, 65-74, 75+
    counted.sex,                                  -- female or male
    concat(counted.start_year, '/', right(cast(counted.start_year + 1 as varchar), 2)) as financial_year, -- April to March
    concat(
        to_char(year.from_on, '%B %Y'), case when year.from_on < year.last_month then concat(' to ', to_char(year.last_month, '%B %Y')) else '' end,
        case when year.n_gaps > 0 then concat(' without ', year.n_gaps, case year.n_gaps when 1 then ' month' else ' months' end) else '' end
    ) as period,                                  -- the months of the year that are complete: others are in no figure
    counted.n_persons,                            -- persons with an emergency admission
    counted.n_events,                             -- emergency admissions
    counted.person_days / 365.25 as person_years, -- years registered and alive
    get_field(crude_rate(counted.n_events, counted.person_days / 365.25, 1000), 'value') as rate_per_1000 -- per 1,000 person-years
from counted
inner join year on counted.start_year = year.start_year -- many to one
inner join area on counted.neighbourhood_code = area.neighbourhood_code -- many to one
