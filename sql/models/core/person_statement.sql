--! summary = "What each feed says about a person's sex, ethnic group, month of birth and death: the evidence behind core.person."
--! grain = ["person_id", "feed", "place"]
--! sensitivity = "person"
--! checks = ["not_null(person_id)", "not_null(feed)", "one_of(sex, 'female', 'male', 'other')"]

with

statement as (
    select 'gp_registration' as feed, person_id, sex, ethnic_group, birth_month, died_on, registered_on as stated_on
    from base.gp_registration
    union all
    select 'demographic' as feed, person_id, sex, null as ethnic_group, birth_month, died_on, null as stated_on
    from base.demographic
    union all
    select 'apc' as feed, person_id, sex, ethnic_group, birth_month,
        case when discharge_method = '4' then discharged_on end as died_on, -- 4: the stay ended in death
        admitted_on as stated_on
    from base.apc
    union all
    select 'op' as feed, person_id, sex, ethnic_group, birth_month, null as died_on, appointment_on as stated_on
    from base.op
    union all
    select 'ecds' as feed, person_id, sex, ethnic_group, birth_month, null as died_on, arrived_on as stated_on
    from base.ecds
    union all
    select 'csds' as feed, person_id, sex, ethnic_group, birth_month, null as died_on, contact_on as stated_on
    from base.csds
    union all
    select 'mhsds' as feed, person_id, sex, ethnic_group, birth_month, null as died_on, contact_on as stated_on
    from base.mhsds
    union all
    select 'iapt' as feed, person_id, sex, null as ethnic_group, birth_month, null as died_on, referred_on as stated_on
    from base.iapt
    union all
    select 'asc' as feed, event.person_id, event.sex, label.ethnic_group, event.birth_month, event.died_on, event.started_on as stated_on
    from base.asc as event
    left join reference.ethnic_description as label on event.ethnicity_description = label.description -- many to one
    union all
    select 'csc' as feed, event.person_id, event.sex, label.ethnic_group, event.birth_month, null as died_on, event.started_on as stated_on
    from base.csc as event
    left join reference.ethnic_description as label on event.ethnicity_description = label.description -- many to one
    union all
    select 'ambulance' as feed, person_id, sex, null as ethnic_group, birth_month, null as died_on,
        cast(called_at as date) as stated_on
    from base.ambulance
    union all
    select 'nhs111' as feed, person_id, sex, null as ethnic_group, birth_month, null as died_on,
        cast(called_at as date) as stated_on
    from base.nhs111
    union all
    select 'death' as feed, person_id, sex, null as ethnic_group, birth_month, died_on, died_on as stated_on
    from base.death
    union all
    select 'third_sector' as feed, person_id, sex, null as ethnic_group, birth_month, null as died_on,
        contact_on as stated_on
    from base.third_sector
    union all
    select 'health_check' as feed, person_id, sex, null as ethnic_group, birth_month, null as died_on,
        coalesce(checked_on, invited_on) as stated_on
    from base.health_check
    union all
    select 'chc' as feed, person_id, sex, null as ethnic_group, birth_month, null as died_on, requested_on as stated_on
    from base.chc
),

counted as (
    select
        person_id, feed, sex, ethnic_group, birth_month, died_on, count(*) as n_records, max(stated_on) as last_stated_on
    from statement
    where person_id is not null
    group by person_id, feed, sex, ethnic_group, birth_month, died_on
)

select
    person_id,     -- pseudonym
    feed,          -- who says so
    row_number() over (
        partition by person_id, feed order by sex, ethnic_group, birth_month, died_on
    ) as place,    -- number of the statement among those of the feed
    sex,           -- female, male, other; null if not said
    ethnic_group,  -- ethnic category code; Z is not stated; null if not said
    birth_month,   -- first day of the month of birth; null if not said
    died_on,       -- day of death; null if not said
    n_records,     -- how often
    last_stated_on -- when last
from counted
