--! summary = "Each person, with what does not change: by declared precedence of the feeds, conflicts counted."
--! grain = ["person_id"]
--! sensitivity = "person"
--! checks = ["unique(person_id)", "one_of(sex, 'female', 'male', 'other')", "accepted_range(n_conflicts, 0, 1000)"]

with

statement as (
    select
        statement.person_id, statement.sex, nullif(statement.ethnic_group, 'Z') as ethnic_group,
        statement.ethnic_group = 'Z' as declined_ethnic_group, statement.birth_month,
        statement.died_on, statement.n_records, statement.last_stated_on,
        precedence.sex as sex_rank, precedence.ethnic_group as ethnic_group_rank,
        precedence.birth_month as birth_month_rank, precedence.died_on as died_on_rank
    from core.person_statement as statement
    inner join reference.source_precedence as precedence
        on statement.feed = precedence.feed -- many to one: a feed has one row of ranks
),

chosen as (
    select
        person_id,
        first_value(sex order by sex_rank, n_records desc, last_stated_on desc, sex)
            filter (where sex is not null) as sex,
        first_value(ethnic_group order by ethnic_group_rank, n_records desc, last_stated_on desc, ethnic_group)
            filter (where ethnic_group is not null) as ethnic_group,
        bool_or(declined_ethnic_group) as declined_ethnic_group,
        first_value(birth_month order by birth_month_rank, n_records desc, last_stated_on desc, birth_month)
            filter (where birth_month is not null) as birth_month,
        first_value(died_on order by died_on_rank, n_records desc, last_stated_on desc, died_on)
            filter (where died_on is not null) as died_on
    from statement
    group by person_id
),

-- several `count(distinct …)` beside each other would keep a set for every person and attribute
stated_value as (
    select person_id, 'sex' as attribute, sex as stated from statement where sex is not null
    union
    select person_id, 'ethnic_group' as attribute, ethnic_group as stated from statement where ethnic_group is not null
    union
    select person_id, 'birth_month' as attribute, cast(birth_month as varchar) as stated from statement where birth_month is not null
    union
    select person_id, 'died_on' as attribute, cast(died_on as varchar) as stated from statement where died_on is not null
),

stated as (
    select
        person_id,
        count(*) filter (where attribute = 'sex') as n_sex,
        count(*) filter (where attribute = 'ethnic_group') as n_ethnic_group,
        count(*) filter (where attribute = 'birth_month') as n_birth_month,
        count(*) filter (where attribute = 'died_on') as n_died_on
    from stated_value
    group by person_id
),

described as (
    select
        chosen.person_id, chosen.sex, chosen.ethnic_group, chosen.declined_ethnic_group, chosen.birth_month, chosen.died_on,
        greatest(coalesce(stated.n_sex, 0) - 1, 0) as n_sex_conflicts,
        greatest(coalesce(stated.n_ethnic_group, 0) - 1, 0) as n_ethnic_group_conflicts,
        greatest(coalesce(stated.n_birth_month, 0) - 1, 0) as n_birth_month_conflicts,
        greatest(coalesce(stated.n_died_on, 0) - 1, 0) as n_died_on_conflicts
    from chosen
    left join stated on chosen.person_id = stated.person_id -- one to one
)

select
    person_id,                                                                            -- pseudonym
    sex,                                                                                  -- female, male, other; null if no feed says
    coalesce(ethnic_group, case when declined_ethnic_group then 'Z' end) as ethnic_group, -- ethnic category code; Z only if no feed states one
    birth_month,                                                                          -- first day of the month of birth
    died_on,                                                                              -- day of death; null if alive as far as any feed knows
    n_sex_conflicts,                                                                      -- further values of sex
    n_ethnic_group_conflicts,                                                             -- further ethnic groups, "not stated" aside
    n_birth_month_conflicts,                                                              -- further months of birth
    n_died_on_conflicts,                                                                  -- further days of death
    n_sex_conflicts + n_ethnic_group_conflicts + n_birth_month_conflicts + n_died_on_conflicts as n_conflicts -- all of them
from described
