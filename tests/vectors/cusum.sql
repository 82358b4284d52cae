--! function = "cusum"
--! made_by = "formulas in numpy"
--! tolerance = 1e-9
--! tables = { e = "cusum.csv" }

select
    series,
    period,
    r['high'] as high, e.high as high_expected,
    r['low'] as low, e.low as low_expected,
    r['n_high'] as n_high, e.n_high as n_high_expected,
    r['n_low'] as n_low, e.n_low as n_low_expected,
    r['signal'] as signal, e.signal as signal_expected
from (
    select
        *,
        cusum(
            period, value, case is_given when 1 then 10 end, case is_given when 1 then 1 end, slack, decision
        ) over (partition by series) as r
    from e
) as e
