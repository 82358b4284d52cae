--! summary = "What each column of a feed holds in the recent months, of all providers: valid, other, default, invalid, missing."
--! grain = ["feed", "column_name"]
--! sensitivity = "aggregate"
--! checks = ["unique(feed, column_name)", "select feed from quality.feed_column where n_valid + n_other + n_default + n_invalid + n_missing <> n_rows"]

with

column_month as (
    select feed, column_name, n_rows, n_valid, n_other, n_default, n_invalid, n_missing
    from quality.column_month
    where month is null or month >= $as_at - cast(concat($question_months, ' months') as interval)
)

select
    feed,                              -- the feed
    column_name,                       -- the column, as the contract names it
    sum(n_rows) as n_rows,             -- rows of the recent months, and rows without a readable date
    sum(n_valid) as n_valid,           -- cells with a value that the contract accepts
    sum(n_other) as n_other,           -- declared values that say nothing of use here; NHS numbers never issued
    sum(n_default) as n_default,       -- declared stand-ins for "not known"
    sum(n_invalid) as n_invalid,       -- of the wrong type, format, range, list or shape
    sum(n_missing) as n_missing,       -- blank, or the file lacks the column
    sum(n_valid) / cast(sum(n_rows) as double) as share_valid -- n_valid over n_rows
from column_month
group by feed, column_name
