--! summary = "Who is in each evaluation: cases referred to a programme in its window, and controls by the same eligibility; one index date for all."
--! grain = ["evaluation", "person_id"]
--! sensitivity = "person"
--! checks = ["unique(evaluation, person_id)", "one_of(arm, 'case', 'control')", "select person_id from outcomes.cohort group by person_id having bool_or(arm = 'case') and bool_or(arm = 'control')"]

-- Eligibility looks only at what was known on the evaluation's first day, and everybody's index date is the
-- same. Cases lived and stayed on a list until they were referred, so everybody has to until the index date:
-- nobody has to survive longer to become a case (no immortal time). Who is in any programme is never a control.

with

evaluation as (
    select evaluation, team_type from reference.evaluation
),

registered as (
    select registration.person_id
    from core.registration as registration
    inner join core.person as person on registration.person_id = person.person_id -- many to one
    where registration.is_city_practice
        and registration.from_on <= $evaluation_from
        and (registration.to_on is null or registration.to_on > $evaluation_from)
        and (person.died_on is null or person.died_on > $evaluation_index)
        and exists (
            select 1
            from core.registration as later
            where later.person_id = registration.person_id
                and later.is_city_practice
                and later.from_on <= $evaluation_index
                and (later.to_on is null or later.to_on > $evaluation_index)
        )
        and person.birth_month <= $evaluation_from - cast(concat($evaluation_min_age, ' years') as interval)
),

urgent as (
    select distinct person_id
    from core.activity
    where counts_as in ('emergency_admission', 'a_and_e_attendance')
        and started_on >= $evaluation_from - interval '1 year'
        and started_on < $evaluation_from
        and person_id is not null
),

eligible as (
    select registered.person_id
    from registered
    inner join urgent on registered.person_id = urgent.person_id -- one to one: both hold each person once
),

referred as (
    select distinct evaluation.evaluation, contact.person_id
    from base.csds as contact
    inner join evaluation on contact.team_type = evaluation.team_type -- many to one: a team is one programme's
    where contact.referred_on >= $evaluation_from
        and contact.referred_on < $evaluation_index
        and contact.person_id is not null
),

member as (
    select referred.evaluation, eligible.person_id, 'case' as arm
    from referred
    inner join eligible on referred.person_id = eligible.person_id -- many to one
    union all
    select evaluation.evaluation, eligible.person_id, 'control' as arm
    from eligible
    cross join evaluation -- each control serves every evaluation
    where not exists (select 1 from referred where referred.person_id = eligible.person_id)
)

select
    evaluation,                   -- the evaluation
    person_id,                    -- pseudonym
    arm,                          -- case or control
    $evaluation_index as index_on -- first day after enrolment: before it is baseline, from it on is follow-up
from member
