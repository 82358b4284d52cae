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
            filter (where died_on is not null) as died_on,
        greatest(count(distinct sex) - 1, 0) as n_sex_conflicts,
        greatest(count(distinct ethnic_group) - 1, 0) as n_ethnic_group_conflicts,
        greatest(count(distinct birth_month) - 1, 0) as n_birth_month_conflicts,
        greatest(count(distinct died_on) - 1, 0) as n_died_on_conflicts
    from statement
    group by person_id
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
from chosen
