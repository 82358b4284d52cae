--! summary = "What each column of a feed holds, by provider and month of the event: valid, other, default, invalid, missing."
--! grain = ["feed", "provider_code", "period", "column_name"]
--! sensitivity = "aggregate"
--! checks = ["unique(feed, provider_code, period, column_name)", "not_null(n_rows)", "accepted_range(share_valid, 0, 1)", "select feed from quality.column_month where n_valid + n_other + n_default + n_invalid + n_missing <> n_rows"]

-- The categories are VODIM, the measure of NHS England's data sets. Rows as they were sent: refused
-- and repeated rows are in, rows that a declared value leaves out are not, and a row that several
-- files repeat counts in each of them.

with

profile as (
    select
        feed, coalesce(provider_code, 'unknown') as provider_code, month, column_name, field_name, role,
        n_rows, n_valid, n_other, n_default, n_invalid, n_missing
    from quality.profile
    where column_name is not null
),

summed as (
    select
        feed, provider_code, month, column_name, max(field_name) as field_name, max(role) as role,
        sum(n_rows) as n_rows, sum(n_valid) as n_valid, sum(n_other) as n_other, sum(n_default) as n_default,
        sum(n_invalid) as n_invalid, sum(n_missing) as n_missing
    from profile
    group by feed, provider_code, month, column_name
)

select
    feed,                                                           -- the feed
    provider_code,                                                  -- who sent it (ODS code); unknown if the rows do not say
    coalesce(to_char(month, '%Y-%m'), 'undated') as period,         -- month of the event; undated if no day can be read
    column_name,                                                    -- the column, as the contract names it
    month,                                                          -- first day of the month; null if undated
    field_name,                                                     -- where its content goes in the record; null if only a token of it is kept
    role,                                                           -- what the column is about, if more than its own feed asks
    n_rows,                                                         -- rows that were parted into cells and not left out
    n_valid,                                                        -- cells with a value that the contract accepts
    n_other,                                                        -- declared values that say nothing of use here; NHS numbers never issued
    n_default,                                                      -- declared stand-ins for "not known"
    n_invalid,                                                      -- of the wrong type, format, range, list or shape
    n_missing,                                                      -- blank, or the file lacks the column
    n_valid / nullif(cast(n_rows as double), 0) as share_valid,     -- n_valid over n_rows
    n_other / nullif(cast(n_rows as double), 0) as share_other,     -- n_other over n_rows
    n_default / nullif(cast(n_rows as double), 0) as share_default, -- n_default over n_rows
    n_invalid / nullif(cast(n_rows as double), 0) as share_invalid, -- n_invalid over n_rows
    n_missing / nullif(cast(n_rows as double), 0) as share_missing  -- n_missing over n_rows
from summed
where n_rows > 0
