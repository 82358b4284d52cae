--! summary = "What became of the rows of a feed, by provider and month of the event, and how far they can be linked and used."
--! grain = ["feed", "provider_code", "period"]
--! sensitivity = "aggregate"
--! checks = ["unique(feed, provider_code, period)", "select feed from quality.feed_month where n_read <> n_accepted + n_quarantined + n_filtered + n_duplicates", "select feed from quality.feed_month where n_linkable > n_accepted", "accepted_range(share_linked, 0, 1)"]

with

profile as (
    select
        feed, coalesce(provider_code, 'unknown') as provider_code, month, n_read, n_accepted, n_quarantined,
        n_filtered, n_duplicates, n_linkable, n_verified
    from quality.profile
    where column_name is null
),

row_count as (
    select
        feed, provider_code, month, sum(n_read) as n_read, sum(n_accepted) as n_accepted,
        sum(n_quarantined) as n_quarantined, sum(n_filtered) as n_filtered, sum(n_duplicates) as n_duplicates,
        sum(n_linkable) as n_linkable, sum(n_verified) as n_verified
    from profile
    group by feed, provider_code, month
),

-- feeds without an NHS number have no share that is verified; feeds without diagnoses none that is coded
cell_count as (
    select
        feed, provider_code, period,
        sum(n_rows) filter (where role = 'nhs_number') as n_number_rows,
        sum(n_rows) filter (where field_name = $primary_diagnosis) as n_diagnosis_rows,
        sum(n_valid) filter (where field_name = $primary_diagnosis) as n_diagnosed
    from quality.column_month
    group by feed, provider_code, period
),

standing as (
    select feed, provider_code, month, n_records, n_linked from quality.standing_month
)

select
    row_count.feed,                                                             -- the feed
    row_count.provider_code,                                                    -- who sent it (ODS code); unknown if the rows do not say
    coalesce(to_char(row_count.month, '%Y-%m'), 'undated') as period,           -- month of the event; undated if no day can be read
    row_count.month,                                                            -- first day of the month; null if undated
    row_count.n_read,                                                           -- rows as sent
    row_count.n_accepted,                                                       -- rows taken in
    row_count.n_quarantined,                                                    -- rows that break a rule
    row_count.n_filtered,                                                       -- rows that a declared value leaves out
    row_count.n_duplicates,                                                     -- rows that repeat a key of their file
    row_count.n_linkable,                                                       -- accepted rows that carry enough to be linked
    case when cell_count.n_number_rows > 0 then row_count.n_verified end as n_verified, -- accepted rows with a verified NHS number; null without such a column
    standing.n_records,                                                         -- records that stand, each event once; null if none
    standing.n_linked,                                                          -- of these, records that belong to a person
    row_count.n_linkable / nullif(cast(row_count.n_accepted as double), 0) as share_linkable, -- n_linkable over n_accepted
    standing.n_linked / nullif(cast(standing.n_records as double), 0) as share_linked,        -- n_linked over n_records
    case when cell_count.n_number_rows > 0
        then row_count.n_verified / nullif(cast(row_count.n_accepted as double), 0)
    end as share_verified,                                                      -- accepted rows with a verified NHS number; null without such a column
    cell_count.n_diagnosis_rows as n_codable,                                   -- rows that could have a primary diagnosis; null without such a column
    cell_count.n_diagnosed as n_coded,                                          -- of these, rows that have one
    cell_count.n_diagnosed / nullif(cast(cell_count.n_diagnosis_rows as double), 0) as share_coded -- rows with a primary diagnosis; null without such a column
from row_count
left join cell_count -- one to one: both are grouped by the same keys
    on row_count.feed = cell_count.feed and row_count.provider_code = cell_count.provider_code
    and coalesce(to_char(row_count.month, '%Y-%m'), 'undated') = cell_count.period
left join standing -- one to one: undated rows have none
    on row_count.feed = standing.feed and row_count.provider_code = standing.provider_code
    and row_count.month = standing.month
