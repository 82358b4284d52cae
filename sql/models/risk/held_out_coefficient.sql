--! summary = "The admission model as it is judged: fitted to everybody but those kept back to judge it; none if nobody is registered."
--! grain = []
--! sensitivity = "aggregate"
--! checks = ["not_null(coefficients)", "select n from risk.held_out_coefficient where not converged or reason is not null"]

with

training as (
    select was_admitted, features from risk.training where not is_test
),

fitted as (
    -- nobody to learn from is no model, which is not one that failed
    select logistic(was_admitted, features) as model from training having count(*) > 0
)

select
    model['coefficients'] as coefficients,       -- the constant, then one for each feature in the order of risk.feature
    model['standard_errors'] as standard_errors, -- in the same order
    model['n'] as n,                             -- persons that it was fitted to
    model['iterations'] as n_iterations,         -- steps until it settled
    model['converged'] as converged,             -- whether it settled
    model['reason'] as reason                    -- why there is no model
from fitted
