--! summary = "Every counted unit of care in every sector: whose, when, where, from where, at what cost."
--! grain = ["activity_record_id"]
--! sensitivity = "person"
--! checks = ["unique(activity_record_id)", "not_null(started_on)", "not_null(in_scope_registered)", "one_of(unit, 'spell', 'attendance', 'appointment', 'contact', 'incident', 'package', 'item')", "relationship(duplicate_of, core.activity.activity_record_id)", "select activity_record_id from core.activity where cost_pence is not null and cost_source is null"]

with

unplaced as (
    select
        activity_record_id, person_id, feed, sector, setting, activity_type, unit, started_on, ended_on, age_at_start, lsoa_code,
        is_resident, practice_code, provider_code, counts_as, duplicate_of, currency_code, n_units, stated_cost_pence
    from core.hospital_activity
    union all
    select
        activity_record_id, person_id, feed, sector, setting, activity_type, unit, started_on, ended_on, age_at_start, lsoa_code,
        is_resident, practice_code, provider_code, counts_as, duplicate_of, currency_code, n_units, stated_cost_pence
    from core.contact_activity
    union all
    select
        activity_record_id, person_id, feed, sector, setting, activity_type, unit, started_on, ended_on, age_at_start, lsoa_code,
        is_resident, practice_code, provider_code, counts_as, duplicate_of, currency_code, n_units, stated_cost_pence
    from core.care_activity
    union all
    select
        activity_record_id, person_id, feed, sector, setting, activity_type, unit, started_on, ended_on, age_at_start, lsoa_code,
        is_resident, practice_code, provider_code, counts_as, duplicate_of, currency_code, n_units, stated_cost_pence
    from core.other_activity
),

person as (select person_id, birth_month from core.person),

registration as (select person_id, practice_code, is_city_practice, from_on, to_on from core.registration),

residence as (select person_id, lsoa_code, neighbourhood_code, from_on, to_on from core.residence),

unit_cost as (select setting, currency_code, unit_cost_pence, price_year, source from reference.unit_cost),

placed as (
    select
        unplaced.activity_record_id, unplaced.person_id, unplaced.feed, unplaced.sector, unplaced.setting,
        unplaced.activity_type, unplaced.unit, unplaced.started_on, unplaced.ended_on,
        coalesce(
            unplaced.age_at_start,
            cast((date_part('year', unplaced.started_on) * 12 + date_part('month', unplaced.started_on)
                - date_part('year', person.birth_month) * 12 - date_part('month', person.birth_month)) / 12 as int)
        ) as age_at_start,
        coalesce(residence.lsoa_code, unplaced.lsoa_code) as lsoa_code,
        coalesce(registration.practice_code, unplaced.practice_code) as practice_code,
        unplaced.provider_code, unplaced.counts_as, unplaced.duplicate_of, unplaced.stated_cost_pence, unplaced.n_units,
        coalesce(exact.unit_cost_pence, average.unit_cost_pence) as unit_cost_pence,
        case when exact.unit_cost_pence is not null then 'average for the currency' else 'average for the setting' end as reference_basis,
        coalesce(exact.price_year, average.price_year) as price_year,
        coalesce(exact.source, average.source) as unit_cost_source,
        coalesce(registration.is_city_practice, false) as in_scope_registered,
        coalesce(residence.neighbourhood_code is not null or unplaced.is_resident, false) as in_scope_resident
    from unplaced
    left join person on unplaced.person_id = person.person_id -- many to one
    left join registration -- many to one: a person's registrations do not overlap
        on unplaced.person_id = registration.person_id and registration.from_on <= unplaced.started_on
        and (registration.to_on is null or registration.to_on > unplaced.started_on)
    left join residence -- many to one: a person's residences do not overlap
        on unplaced.person_id = residence.person_id and residence.from_on <= unplaced.started_on
        and (residence.to_on is null or residence.to_on > unplaced.started_on)
    left join unit_cost as exact -- many to one: a currency has one cost in a setting
        on unplaced.setting = exact.setting and unplaced.currency_code = exact.currency_code
    left join unit_cost as average -- many to one: a setting has one average
        on unplaced.setting = average.setting and average.currency_code = 'average'
)

select
    activity_record_id,  -- the record that stands for the unit
    person_id,           -- pseudonym; null if it cannot be linked
    feed,                -- who reported it
    sector,              -- sector of care
    setting,             -- where and how, as costs tell apart
    activity_type,       -- what kind
    unit,                -- spell, attendance, appointment, contact, incident, package or item
    started_on,          -- first day
    ended_on,            -- last day; null if unfinished
    age_at_start,        -- completed years then; by month of birth where the record has no age
    lsoa_code,           -- small area at that date: of the registration list, else as recorded
    practice_code,       -- practice at that date: of the registration list, else as recorded
    provider_code,       -- provider
    counts_as,           -- what it counts as; null if it does not count
    duplicate_of,        -- the unit that already counts this event
    case when duplicate_of is null then coalesce(stated_cost_pence, unit_cost_pence * n_units) end as cost_pence, -- cost; null without a source
    case
        when duplicate_of is not null then null
        when stated_cost_pence is not null then 'as stated by the provider'
        when unit_cost_pence * n_units is not null then reference_basis
    end as cost_basis,   -- what kind of cost
    case when duplicate_of is null and stated_cost_pence is null and n_units is not null then price_year end as price_year, -- year of the prices; null for stated costs, which are of their day
    case
        when duplicate_of is not null then null
        when stated_cost_pence is not null then concat('feed ', feed)
        when unit_cost_pence * n_units is not null then unit_cost_source
    end as cost_source,  -- where the cost comes from
    in_scope_registered, -- whether the person was on a city practice's list that day
    in_scope_resident    -- whether the person lived in the city that day
from placed
