--! summary = "What changes the registered population, event by event: who was born to it, gave birth, died, came or left."
--! grain = ["person_id", "event", "happened_on"]
--! sensitivity = "person"
--! checks = ["unique(person_id, event, happened_on)", "one_of(event, 'birth', 'delivery', 'death', 'came', 'left')", "one_of(sex, 'female', 'male')", "accepted_range(age_from, 0, 90)"]

-- To go from one practice of the city to another is no move: whoever is on the next list on the day of
-- leaving has not left. Who is on no list in between has left and come, which makes nothing of it.
--
-- A birth is a child whose first registration begins within `newborn_months` after the month of birth, in
-- hospital or not. A delivery is a registered mother's stay with a diagnosis of delivery (O80 to O84) or of
-- its outcome (Z37), which coders put on the episode of the delivery alone; the methods of admission 31
-- and 32, before and after delivery, are also those of stays without one. A birth counts in the level of
-- fertility, a delivery in its pattern by age.
--
-- Who died on the day that the registration ended died on the list. People whose sex is neither female
-- nor male, or whose month of birth is unknown, are left out.

with

person as (
    select person_id, sex, birth_month, died_on
    from core.person
    where sex in ('female', 'male')
        and birth_month is not null
),

registration as (
    select
        person_id, from_on, to_on,
        lag(to_on) over (partition by person_id order by from_on) as left_before_on,
        lead(from_on) over (partition by person_id order by from_on) as back_on
    from core.registration
    where is_city_practice
),

stay as (
    select
        registration.person_id, registration.from_on, registration.to_on, registration.left_before_on,
        registration.back_on, person.birth_month, person.died_on,
        registration.left_before_on is null
            and registration.from_on < person.birth_month + cast(concat($newborn_months + 1, ' months') as interval) as is_newborn
    from registration
    inner join person on registration.person_id = person.person_id -- many to one
),

delivery as (
    select distinct person_id, admitted_on
    from base.apc_diagnosis
    where left(code, 3) in ('O80', 'O81', 'O82', 'O83', 'O84', 'Z37')
        and person_id is not null
),

happened as (
    select person_id, 'birth' as event, birth_month as happened_on from stay where is_newborn
    union all
    select delivery.person_id, 'delivery' as event, delivery.admitted_on as happened_on
    from delivery
    inner join stay -- one to one: a person's registrations do not overlap
        on delivery.person_id = stay.person_id and stay.from_on <= delivery.admitted_on
        and (stay.to_on is null or stay.to_on > delivery.admitted_on)
    union all
    select distinct person_id, 'death' as event, died_on as happened_on
    from stay
    where died_on >= from_on
        and (to_on is null or died_on <= to_on)
    union all
    select person_id, 'came' as event, from_on as happened_on
    from stay
    where (left_before_on is null or left_before_on < from_on)
        and not is_newborn
    union all
    select person_id, 'left' as event, to_on as happened_on
    from stay
    where (back_on is null or back_on > to_on)
        and (died_on is null or died_on > to_on)
),

aged as (
    select
        happened.person_id, happened.event, happened.happened_on, person.sex, counted.is_birth_month,
        cast((date_part('year', counted.month) * 12 + date_part('month', counted.month)
            - date_part('year', person.birth_month) * 12 - date_part('month', person.birth_month)) / 12 as bigint) as age_years
    from happened
    inner join person on happened.person_id = person.person_id -- many to one
    inner join needs.counted_month as counted -- many to one
        on cast(date_trunc('month', happened.happened_on) as date) = counted.month
)

select
    person_id,   -- pseudonym: of a birth the child's
    event,       -- birth, delivery, death, came (from outside, or back), left (and did not die)
    happened_on, -- the day; of a birth the first of its month
    sex,         -- female or male
    -- mothers below 15 and above 49 count at these ages, as statistics of births have it
    case event when 'delivery' then least(greatest(age_years, 15), 49) else least(age_years, 90) end / 5 * 5 as age_from -- first age of the five-year band
from aged
where age_years >= 0
    and (event <> 'birth' or is_birth_month)
    and (event <> 'delivery' or sex = 'female')
