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
        delivery, coalesce(provider_code, 'unknown') as provider_code, sum(n_read) as n_read,
        min(month) as first_month, max(month) filter (where month < $as_at) as last_month
    from quality.profile
    where column_name is null
    group by delivery, coalesce(provider_code, 'unknown')
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
    where worded.rule is null or worded.phrase is not null or worded.rule = 'no_rows'
),

placed as (
    select
        found.feed, found.provider_code, found.rule, found.column_name, found.severity, found.n_rows,
        found.first_lines, found.file, coalesce(held.n_read, 0) as n_read, held.first_month, held.last_month,
        held.last_month is null or held.last_month >= $as_at - cast(concat($question_months, ' months') as interval) as is_recent
    from found
    left join held on found.delivery = held.delivery and found.provider_code = held.provider_code -- many to one
)

select
    feed,                                          -- the feed
    provider_code,                                 -- whom to ask (ODS code); unknown if neither rows nor file say
    rule,                                          -- the rule that is broken
    column_name,                                   -- the column, as the contract names it; empty if the row or file as a whole
    min(severity) filter (where is_recent) as severity, -- refuse, warn or info
    sum(n_rows) filter (where is_recent) as n_rows,     -- rows of the recent files that break it
    sum(n_read) filter (where is_recent) as n_of,       -- rows of these files
    count(*) filter (where is_recent) as n_files,       -- recent files that break it
    min(first_month) as since,                          -- first month of the first file that breaks it; null if no day can be read
    min(first_month) filter (where is_recent) as from_month, -- first month of the recent files
    max(last_month) filter (where is_recent) as to_month,    -- last month of them
    last_value(file order by last_month nulls first, file) filter (where is_recent) as file,               -- the latest of them
    last_value(first_lines order by last_month nulls first, file) filter (where is_recent) as first_lines -- its first lines that break the rule; null if the file as a whole
from placed
group by feed, provider_code, rule, column_name
having count(*) filter (where is_recent) > 0
