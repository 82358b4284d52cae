--! function = "hfrs"
--! made_by = "published rules, scored in Python"
--! tolerance = 0.0
--! tables = { input = "hfrs/input.csv", expected = "hfrs/expected.csv" }

select
    e.patient,
    r['score'] as score, e.hfrs as score_expected,
    r['category'] as category, e.category as category_expected
from expected as e
left join (
    select expected.patient, hfrs(array_agg(input.icd10)) as r
    from expected
    left join input on input.patient = expected.patient
    group by expected.patient
) as s on s.patient = e.patient
