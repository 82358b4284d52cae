--! summary = "What one person cannot have done: care after death, two hospitals at once, two sexes. Wrong links and wrong records show here."
--! grain = ["kind", "feed"]
--! sensitivity = "aggregate"
--! checks = ["unique(kind, feed)", "one_of(kind, 'after_death', 'two_hospitals', 'two_sexes')", "select kind from quality.impossible_event where n_persons > n_events or n_persons > n_possible"]

-- After death: care that begins two days or more after the day of death; packages of care and items
-- are left out, since their dates are those of orders. Two hospitals: finished ordinary stays of one
-- person with two providers that share two nights or more, so that neither a transfer nor a
-- discharge that was written down late counts. Two sexes: a feed says female of whom another says male.

with

care as (
    select person_id, feed, started_on
    from core.activity
    where person_id is not null and unit in ('spell', 'attendance', 'appointment', 'contact', 'incident')
),

dead as (
    select person_id, died_on from core.person where died_on is not null
),

after_death as (
    select
        'after_death' as kind, care.feed,
        count(*) filter (where care.started_on >= dead.died_on + 2) as n_events,
        count(distinct case when care.started_on >= dead.died_on + 2 then care.person_id end) as n_persons,
        count(distinct care.person_id) as n_possible
    from care
    inner join dead on care.person_id = dead.person_id -- many to one
    group by care.feed
),

stay as (
    select spell_record_id, person_id, provider_code, admitted_on, discharged_on
    from core.spell
    where person_id is not null and patient_class = '1' and discharged_on is not null
),

overlap as (
    select one.person_id
    from stay as one
    inner join stay as other -- many to many: each pair of stays of a person once
        on one.person_id = other.person_id and one.provider_code < other.provider_code
        and one.admitted_on < other.discharged_on and other.admitted_on < one.discharged_on
    where least(one.discharged_on, other.discharged_on) - greatest(one.admitted_on, other.admitted_on) >= 2
),

two_hospitals as (
    select
        'two_hospitals' as kind, 'apc' as feed, count(*) as n_events, count(distinct person_id) as n_persons,
        (select count(distinct person_id) from stay) as n_possible
    from overlap
),

stated as (
    select distinct person_id, feed, sex from core.person_statement where sex in ('female', 'male')
),

-- several `count(distinct …)` beside each other would keep a set for every person and attribute
said as (
    select person_id, min(sex) <> max(sex) as has_two_sexes, min(feed) <> max(feed) as has_two_feeds
    from stated
    group by person_id
),

described as (
    select stated.feed, stated.person_id, bool_or(said.has_two_sexes) as has_two_sexes
    from stated
    inner join said on stated.person_id = said.person_id -- many to one
    where said.has_two_feeds
    group by stated.feed, stated.person_id
),

two_sexes as (
    select 'two_sexes' as kind, feed, count(*) filter (where has_two_sexes) as n_persons, count(*) as n_possible
    from described
    group by feed
),

counted as (
    select kind, feed, n_events, n_persons, n_possible from after_death
    union all
    select kind, feed, n_events, n_persons, n_possible from two_hospitals
    union all
    select kind, feed, n_persons as n_events, n_persons, n_possible from two_sexes
)

select
    kind,                                                                                -- after_death, two_hospitals, two_sexes
    feed,                                                                                -- whose records say so
    n_events,                                                                            -- events, pairs of stays, or persons
    n_persons,                                                                           -- persons with such an event
    n_possible,                                                                          -- persons who could have one: dead with care, with a stay, with a sex in two feeds
    case when n_possible > 0 then n_persons / cast(n_possible as double) end as share_impossible -- n_persons over n_possible; null if nobody could
from counted
