--! function = "cambridge_multimorbidity"
--! made_by = "published weights, added in Python"
--! tolerance = 1e-12
--! tables = { input = "cambridge_input.csv", e = "cambridge_expected.csv" }

select
    e.person,
    r['score'] as score, e.score as score_expected,
    r['n_conditions'] as n_conditions, e.n_conditions as n_conditions_expected
from e
left join (
    select person, cambridge_multimorbidity(array_agg(condition)) as r
    from input
    group by person
) as i on i.person = e.person
