--! summary = "Headline figures of the registered population: how many there are, and what they used in the twelve months to where each feed is complete."
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
-- no figure: null, and not nought. The same where it sent no month that is complete.

with

registered as (
    select count(*) as n_persons from risk.population where as_of_on = $as_at
),

sent as (
    select feed from quality.delivery group by feed having sum(n_accepted) > 0
),

list as (
    select count(*) as n_lists from sent where feed = 'gp_registration'
),

old_list as (
    select complete_to from quality.complete_to where feed = 'gp_registration' and complete_to < $as_at
),

named as (
    select indicator, feed, label, unit, sort_order from reference.indicator
    union all
    select 'death' as indicator, 'gp_registration' as feed, 'Deaths' as label, 'registered persons' as unit, 100 as sort_order
),

figure as (
    select
        'registered' as indicator, 'gp_registration' as feed, 'Registered population' as label, 0 as sort_order,
        case
            when old_list.complete_to is null then 'persons on the as-at date'
            else concat('persons on the as-at date by lists that end on ', to_char(old_list.complete_to - interval '1 day', '%-d %B %Y'))
        end as unit,
        registered.n_persons, registered.n_persons as n_events, cast(null as bigint) as person_days
    from registered
    left join old_list on true -- one to one: the list has one end
    union all
    select
        named.indicator, named.feed, named.label, named.sort_order,
        case
            when year.period is null then concat('no data: no month of ', named.feed, ' is complete')
            else concat(named.unit, ', ', year.period)
        end as unit,
        year.n_persons, year.n_events, year.person_days
    from named
    left join core.indicator_year as year on named.indicator = year.indicator -- one to one
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
    person_days / 365.25 as person_years,                                                 -- years registered and alive in the same months; null for counts on a day
    get_field(crude_rate(n_events, person_days / 365.25, 1000), 'value') as rate_per_1000 -- per 1,000 person-years
from known
