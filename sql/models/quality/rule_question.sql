--! summary = "Rules that a provider's recent files break: how many rows, of how many, where first, since when."
--! grain = ["feed", "provider_code", "rule", "column_name"]
--! sensitivity = "aggregate"
--! checks = ["unique(feed, provider_code, rule, column_name)", "one_of(severity, 'refuse', 'warn', 'info')", "select feed from quality.rule_question where n_rows > n_of"]

-- What can be asked about is recent: files whose last event lies within the declared months. The
-- lines are those of the latest file. A rule without words in the reference is not asked about.

with

-- a provider's rows of a file, and the months they are of
held as (
    select
        delivery, feed, coalesce(provider_code, 'unknown') as provider_code, sum(n_read) as n_read,
        max(month) filter (where month < $as_at) as last_month,
        coalesce(max(month) filter (where month < $as_at) >= $as_at - cast(concat($question_months, ' months') as interval), true) as is_recent
    from quality.profile
    where column_name is null
    group by delivery, feed, coalesce(provider_code, 'unknown')
),

recent as (
    select feed, provider_code, sum(n_read) as n_read, count(*) as n_files, max(last_month) as to_month
    from held
    where is_recent
    group by feed, provider_code
),

delivery as (
    select delivery, file, case when provider_code in ('', 'several') then 'unknown' else provider_code end as sole_provider
    from quality.delivery
),

-- what is wrong with a file as a whole, or with a row that cannot be read, is its sole provider's
found as (
    select
        finding.delivery, finding.feed, coalesce(finding.provider_code, delivery.sole_provider) as provider_code,
        finding.rule, coalesce(finding.column_name, '') as column_name, finding.severity, finding.n_rows,
        finding.first_lines, delivery.file
    from quality.finding as finding
    inner join delivery on finding.delivery = delivery.delivery -- many to one
    left join reference.quality_rule as worded on finding.rule = worded.rule -- many to one
    where worded.rule is null or worded.phrase is not null
),

-- a file without rows holds no provider's: it is as recent as any
placed as (
    select
        found.feed, found.provider_code, found.rule, found.column_name, found.severity, found.n_rows,
        found.first_lines, found.file, held.last_month, coalesce(held.is_recent, true) as is_recent
    from found
    left join held on found.delivery = held.delivery and found.provider_code = held.provider_code -- many to one
),

summed as (
    select
        feed, provider_code, rule, column_name,
        case when bool_or(severity = 'refuse') then 'refuse' when bool_or(severity = 'warn') then 'warn' else 'info' end as severity,
        sum(n_rows) filter (where is_recent) as n_rows, min(last_month) as since,
        last_value(file order by last_month nulls first, file) filter (where is_recent) as file,
        last_value(first_lines order by last_month nulls first, file) filter (where is_recent) as first_lines
    from placed
    group by feed, provider_code, rule, column_name
    having count(*) filter (where is_recent) > 0
)

select
    summed.feed,                                                 -- the feed
    summed.provider_code,                                        -- whom to ask (ODS code); unknown if neither rows nor file say
    summed.rule,                                                 -- the rule that is broken
    summed.column_name,                                          -- the column, as the contract names it; empty if the row or file as a whole
    summed.severity,                                             -- refuse, warn or info: the gravest
    summed.n_rows,                                               -- rows of the recent files that break it
    greatest(coalesce(recent.n_read, 0), summed.n_rows) as n_of, -- rows of the provider's recent files
    coalesce(recent.n_files, 1) as n_files,                      -- the provider's recent files
    recent.to_month,                                             -- last month of them; null if no day can be read
    summed.since,                                                -- last month of the first file that broke it; null if no day can be read
    summed.file,                                                 -- the latest file that breaks it
    summed.first_lines                                           -- its first lines that break it; null if the file as a whole
from summed
left join recent on summed.feed = recent.feed and summed.provider_code = recent.provider_code -- many to one
