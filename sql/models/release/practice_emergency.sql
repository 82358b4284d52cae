--! summary = "Emergency admissions by practice against what age and sex lead one to expect."
--! grain = ["practice_code"]
--! sensitivity = "aggregate"
--! checks = ["unique(practice_code)", "select practice_code from release.practice_emergency where n_persons > n_events"]
--! [release]
--! title = "Emergency admissions by practice"
--! unit = "events"
--! needs = ["gp_registration", "apc"]
--! dimensions = ["practice_code"]
--! attributes = ["period"]
--! persons = "n_persons"
--! counts = ["n_persons", "n_events"]
--! rates = [{ columns = ["ratio"], per = 1, denominator = "expected", numerator = "n_events" }]
--! estimates = [{ columns = ["lower_limit_95", "upper_limit_95", "lower_limit_998", "upper_limit_998"], step = 0.01 }]
--! labels = ["class"]
--! public = ["expected"]

-- The expected number is no secret of the practice: published list sizes by age and sex give it.

with

practice as (
    select
        practice_code, period, n_persons, n_events, n_expected, ratio, lower_limit_95, upper_limit_95,
        lower_limit_998, upper_limit_998, funnel_class
    from neighbourhood.practice_emergency
)

select
    practice_code,          -- the practice
    period,                 -- the months that admissions and lists are of
    n_persons,              -- persons with an emergency admission
    n_events,               -- emergency admissions
    n_expected as expected, -- admissions expected by age and sex at the city's rates
    ratio,                  -- observed over expected
    lower_limit_95,         -- lower 95 % control limit, adjusted for over-dispersion
    upper_limit_95,         -- upper 95 % control limit
    lower_limit_998,        -- lower 99.8 % control limit
    upper_limit_998,        -- upper 99.8 % control limit
    funnel_class as class   -- low_998, low_95, within, high_95 or high_998
from practice
