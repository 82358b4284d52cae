--! summary = "Who was on which practice's list from when to when; a later registration ends an earlier one, and so does death."
--! grain = ["person_id", "from_on"]
--! sensitivity = "person"
--! checks = ["unique(person_id, from_on)", "not_null(practice_code)", "select person_id from core.registration where to_on <= from_on"]

with

line as (
    select
        person_id, provider_code as practice_code, registered_on,
        -- lines of one registration repeat its end; a line written before it ended lacks it
        min(deregistered_on) as deregistered_on
    from base.gp_registration
    where person_id is not null
        and (patient_type is null or patient_type <> 'Temporary')
    group by person_id, provider_code, registered_on
),

numbered as (
    select
        person_id, practice_code, registered_on, deregistered_on,
        row_number() over (partition by person_id order by registered_on, practice_code) as place
    from line
),

person as (
    select person_id, died_on from core.person
),

practice as (
    select practice_code from reference.practice
),

ended as (
    select
        numbered.person_id, numbered.practice_code, numbered.registered_on as from_on,
        practice.practice_code is not null as is_city_practice,
        -- `least` skips nulls; the day of death is the last day on the list, from which many are taken off by its date
        least(
            case when numbered.deregistered_on = person.died_on then null else numbered.deregistered_on end,
            person.died_on + 1, later.registered_on
        ) as to_on
    from numbered
    inner join person on numbered.person_id = person.person_id -- many to one: every linked row's person is in core.person
    left join numbered as later -- one to one: the person's next registration
        on numbered.person_id = later.person_id and later.place = numbered.place + 1
    left join practice on numbered.practice_code = practice.practice_code -- many to one
)

select
    person_id,        -- pseudonym
    practice_code,    -- the practice
    is_city_practice, -- whether the practice is one of the city's
    from_on,          -- first day on the list
    to_on             -- first day off the list; null if still on it
from ended
where to_on is null or to_on > from_on
