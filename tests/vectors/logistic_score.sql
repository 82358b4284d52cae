--! function = "logistic_score"
--! made_by = "statsmodels 0.15.0 Logit"
--! tolerance = 1e-6
--! tables = { input = "logistic_input.csv", expected = "logistic_expected.csv" }
--! remark = "Each row's probability by the peer's coefficients, written out in SQL, against that by ours."

with

model as (
    select logistic(y_binary, [x1, x2, x3])['coefficients'] as coefficients from input
),

peer as (
    select
        max(estimate) filter (where term = 'const') as c,
        max(estimate) filter (where term = 'x1') as b1,
        max(estimate) filter (where term = 'x2') as b2,
        max(estimate) filter (where term = 'x3') as b3
    from expected
)

select
    x1,
    logistic_score(coefficients, [x1, x2, x3]) as p,
    1 / (1 + exp(-(c + b1 * x1 + b2 * x2 + b3 * x3))) as p_expected
from input
cross join model
cross join peer
