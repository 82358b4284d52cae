--! summary = "Headline figures of the registered population: how many there are, and what they used in the year before the as-at date."
--! grain = ["indicator"]
--! sensitivity = "aggregate"
--! checks = ["unique(indicator)", "select indicator from release.headline where n_persons > value", "select indicator from release.headline where (n_persons is null) <> (value is null)"]
--! [release]
--! title = "Headline figures"
--! unit = "events"
--! dimensions = ["indicator"]
--! attributes = ["label", "unit", "sort_order"]
--! persons = "n_persons"
--! counts = ["n_persons", "value"]
--! rates = [{ columns = ["rate_per_1000"], per = 1000, denominator = "person_years", numerator = "value" }]
--! public = ["person_years"]

-- Person-years count as public knowledge: practice list sizes are published every month.
--
-- Where the feed that a figure is counted in sent nothing, or the registration list did not, there is
-- no figure: null, and not nought.

with

registered as (
    select count(*) as n_persons from risk.population where as_of_on = $as_at
),

person_time as (
    select sum(days_at_risk) as person_days from core.person_month where month >= $as_at - interval '1 year'
),

activity as (
    select person_id, counts_as
    from core.activity
    where person_id is not null
        and in_scope_registered
        and started_on >= $as_at - interval '1 year'
        and started_on < $as_at
),

sent as (
    select feed from quality.delivery group by feed having sum(n_accepted) > 0
),

list as (
    select count(*) as n_lists from sent where feed = 'gp_registration'
),

used as (
    select
        indicator.indicator, indicator.feed, indicator.label, concat(indicator.unit, ', last 12 months') as unit, indicator.sort_order,
        count(distinct activity.person_id) as n_persons, count(activity.person_id) as n_events
    from reference.indicator as indicator
    left join activity on indicator.counts_as = activity.counts_as -- one to many
    group by indicator.indicator, indicator.feed, indicator.label, indicator.unit, indicator.sort_order
),

died as (
    select count(distinct person.person_id) as n_persons
    from core.person as person
    inner join core.registration as registration -- one to many: only the last registration holds the day of death
        on person.person_id = registration.person_id and registration.from_on <= person.died_on
        and (registration.to_on is null or registration.to_on > person.died_on)
    where registration.is_city_practice
        and person.died_on >= $as_at - interval '1 year'
        and person.died_on < $as_at
),

figure as (
    select
        'registered' as indicator, 'gp_registration' as feed, 'Registered population' as label, 'persons on the as-at date' as unit, 0 as sort_order,
        n_persons, n_persons as n_events, cast(null as bigint) as person_days
    from registered
    union all
    select used.indicator, used.feed, used.label, used.unit, used.sort_order, used.n_persons, used.n_events, person_time.person_days
    from used
    cross join person_time -- many to one
    union all
    select
        'death' as indicator, 'gp_registration' as feed, 'Deaths' as label, 'registered persons, last 12 months' as unit, 100 as sort_order,
        died.n_persons, died.n_persons as n_events, person_time.person_days
    from died
    cross join person_time -- one to one
),

known as (
    select
        figure.indicator, figure.label, figure.sort_order, figure.person_days,
        case
            when list.n_lists = 0 then 'no data: gp_registration sent nothing'
            when sent.feed is null then concat('no data: ', figure.feed, ' sent nothing')
            else figure.unit
        end as unit,
        case when list.n_lists > 0 and sent.feed is not null then figure.n_persons end as n_persons,
        case when list.n_lists > 0 and sent.feed is not null then figure.n_events end as n_events
    from figure
    cross join list -- many to one
    left join sent on figure.feed = sent.feed -- many to one
)

select
    indicator,                                                                            -- what is counted
    label,                                                                                -- its name
    unit,                                                                                 -- what one is, and over which period; or which feed sent nothing
    sort_order,                                                                           -- place in the report
    n_persons,                                                                            -- distinct persons; null without data
    n_events as value,                                                                    -- events, or persons where persons are counted; null without data
    person_days / 365.25 as person_years,                                                 -- years registered and alive; null for counts on a day
    get_field(crude_rate(n_events, person_days / 365.25, 1000), 'value') as rate_per_1000 -- per 1,000 person-years
from known
