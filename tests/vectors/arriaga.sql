--! function = "life_expectancy_contribution"
--! made_by = "numpy, another form of the formula"
--! tolerance = 1e-9
--! tables = { input = "arriaga_input.csv", expected = "arriaga_expected.csv" }
--! remark = "The peer replaces the death rates of the reference by the other ones, band by band from the oldest down: what each step adds is the band's."

select
    e.age,
    e.cause,
    r['value'] as value, e.years as value_expected,
    r['gap'] as gap, e.gap as gap_expected
from expected as e
left join (
    select
        age,
        cause,
        life_expectancy_contribution(age, next_age, deaths, persons, other_deaths, other_persons)
            over () as r
    from input
) as i on i.age = e.age and i.cause = e.cause
