--! summary = "Each feed in one row: what became of its rows, how far they reach, how far they can be linked and used."
--! grain = ["feed"]
--! sensitivity = "aggregate"
--! checks = ["unique(feed)", "select feed from quality.feed_total where n_read <> n_accepted + n_quarantined + n_filtered + n_duplicates"]

with

row_count as (
    select
        feed, count(distinct provider_code) as n_providers, sum(n_read) as n_read, sum(n_accepted) as n_accepted,
        sum(n_quarantined) as n_quarantined, sum(n_filtered) as n_filtered, sum(n_duplicates) as n_duplicates,
        sum(n_linkable) as n_linkable, sum(n_records) as n_records, sum(n_linked) as n_linked,
        sum(n_verified) as n_verified, sum(n_accepted) filter (where n_verified is not null) as n_with_number,
        min(month) as first_month
    from quality.feed_month
    group by feed
),

diagnosis as (
    select feed, sum(n_valid) as n_valid, sum(n_rows) as n_rows
    from quality.column_month
    where field_name = $primary_diagnosis
    group by feed
),

incomplete as (
    select feed, count(*) as n_incomplete_months from quality.complete_month where not is_complete group by feed
),

reach as (
    select feed, complete_to from quality.complete_to where complete_to > $data_from
),

question as (
    select feed, count(*) as n_questions from quality.question group by feed
)

select
    row_count.feed,                                                       -- the feed
    row_count.n_providers,                                                -- providers that its rows name; unknown is one of them
    row_count.n_read,                                                     -- rows as sent
    row_count.n_accepted,                                                 -- rows taken in
    row_count.n_quarantined,                                              -- rows that break a rule
    row_count.n_filtered,                                                 -- rows that a declared value leaves out
    row_count.n_duplicates,                                               -- rows that repeat a key of their file
    row_count.n_linkable / nullif(cast(row_count.n_accepted as double), 0) as share_linkable, -- accepted rows that carry enough to be linked
    row_count.n_linked / nullif(cast(row_count.n_records as double), 0) as share_linked,      -- standing records that belong to a person
    row_count.n_verified / nullif(cast(row_count.n_with_number as double), 0) as share_verified, -- accepted rows with a verified NHS number; null without such a column
    diagnosis.n_valid / nullif(cast(diagnosis.n_rows as double), 0) as share_coded,           -- rows with a primary diagnosis; null without such a column
    row_count.first_month,                                                -- first month with rows
    cast(reach.complete_to - interval '1 day' as date) as reaches_to,     -- last day that it is complete to; null if no month is
    coalesce(incomplete.n_incomplete_months, 0) as n_incomplete_months,   -- months that are not complete for every provider, so that no figure counts them
    coalesce(question.n_questions, 0) as n_questions                      -- questions to providers
from row_count
left join diagnosis on row_count.feed = diagnosis.feed -- one to one
left join incomplete on row_count.feed = incomplete.feed -- one to one
left join reach on row_count.feed = reach.feed -- one to one
left join question on row_count.feed = question.feed -- one to one
