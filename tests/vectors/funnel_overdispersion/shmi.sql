--! function = "funnel_ratio"
--! made_by = "FunnelPlotR 0.6.0"
--! tolerance = 1e-9
--! tables = { input = "funnel_overdispersion/input.csv", spread = "funnel_overdispersion/expected_phi_tau2.csv", expected = "funnel_overdispersion/expected_limits.csv" }
--! remark = "The peer rounds denominators to two places under SHMI; so does the statement, not the function."

with

area as (
    select
        input."group",
        s.data_type,
        s.sr_method,
        s.trim_by,
        s.phi,
        s.tau2,
        funnel_ratio(numerator, round(denominator, 2), 1, trim_by, 'shmi')
            over (partition by s.sr_method, s.trim_by) as r
    from input
    inner join spread as s on s.data_type = input.data_type -- one to one per trim
    where s.data_type = 'SR' and s.sr_method = 'SHMI'
)

select
    e.sr_method,
    e.trim_by,
    e."group",
    r['phi'] as phi, area.phi as phi_expected,
    r['tau2'] as tau2, area.tau2 as tau2_expected,
    r['z'] as z, e.z as z_expected,
    r['lower_95'] as lower_95, e."OD_LCL95" as lower_95_expected,
    r['upper_95'] as upper_95, e."OD_UCL95" as upper_95_expected,
    r['lower_998'] as lower_998, e."OD_LCL99_8" as lower_998_expected,
    r['upper_998'] as upper_998, e."OD_UCL99_8" as upper_998_expected
from expected as e
inner join area
    on area."group" = e."group"
    and area.data_type = e.data_type
    and area.sr_method = e.sr_method
    and area.trim_by = e.trim_by
