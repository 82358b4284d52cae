--! summary = "Questions to send back to providers, each with its sentence: by reference to files and lines, never with a value."
--! grain = ["provider_code", "feed", "rule", "column_name"]
--! sensitivity = "aggregate"
--! checks = ["unique(provider_code, feed, rule, column_name)", "unique(provider_code, question_no)", "not_null(sentence)", "accepted_range(share, 0, 1)"]

with

-- rules of a contract have no words of their own: their names say what must hold
broken as (
    select
        question.feed, question.provider_code, question.rule, question.column_name,
        case question.severity when 'refuse' then 1 when 'warn' then 2 else 4 end as urgency,
        case
            when worded.rule is not null then worded.check_type
            when question.rule like 'born_%' or question.rule like '%_birth' then 'plausibleAfterBirth'
            when question.rule like '%death%' or question.rule like '%died%' then 'plausibleBeforeDeath'
            else 'plausibleStartBeforeEnd'
        end as check_type,
        question.n_rows, question.n_of, question.n_files, question.to_month, question.since, question.file, question.first_lines,
        coalesce(
            replace(worded.phrase, '{column}', question.column_name),
            concat('the rule "', replace(question.rule, '_', ' '), '" is broken (', question.column_name, ')')
        ) as phrase
    from quality.rule_question as question
    left join reference.quality_rule as worded on question.rule = worded.rule -- many to one
),

-- columns that linkage and analysis rest on
incomplete as (
    select
        month.feed, month.provider_code, 'incomplete' as rule, month.column_name, 3 as urgency, expected.check_type,
        sum(month.n_rows) - sum(month.n_valid) as n_rows, sum(month.n_rows) as n_of, cast(null as bigint) as n_files,
        max(month.month) as to_month, cast(null as date) as since, cast(null as varchar) as file, cast(null as varchar) as first_lines,
        concat('there is no usable ', expected.label, ' (', month.column_name, ')') as phrase
    from quality.column_month as month
    inner join reference.quality_expectation as expected -- many to one: a column has one role or field
        on (case expected.subject_kind when 'role' then month.role else month.field_name end) = expected.subject
    where month.month < $as_at and month.month >= $as_at - cast(concat($question_months, ' months') as interval)
    group by month.feed, month.provider_code, month.column_name, expected.check_type, expected.label, expected.least_share_valid
    having sum(month.n_valid) < expected.least_share_valid * sum(month.n_rows)
),

absent as (
    select
        feed, provider_code, concat('missing_month_', to_char(month, '%Y-%m')) as rule, '' as column_name, 1 as urgency,
        cast(null as varchar) as check_type, cast(median_before as bigint) - n_records as n_rows, cast(median_before as bigint) as n_of,
        cast(null as bigint) as n_files, month as to_month, month as since, cast(null as varchar) as file, cast(null as varchar) as first_lines,
        'not there, against the median of the months before; has a file been left out?' as phrase
    from quality.trend
    where status = 'missing' and provider_code <> 'all'
        and month >= $as_at - cast(concat($question_months, ' months') as interval)
),

asked as (
    select feed, provider_code, rule, column_name, urgency, check_type, n_rows, n_of, n_files, to_month, since, file, first_lines, phrase from broken
    union all
    select feed, provider_code, rule, column_name, urgency, check_type, n_rows, n_of, n_files, to_month, since, file, first_lines, phrase from incomplete
    union all
    select feed, provider_code, rule, column_name, urgency, check_type, n_rows, n_of, n_files, to_month, since, file, first_lines, phrase from absent
),

worded as (
    select
        feed, provider_code, rule, column_name, urgency, check_type, n_rows, n_of, since, file, first_lines, phrase,
        n_rows / nullif(cast(n_of as double), 0) as share,
        case
            when rule like 'missing_month_%' then concat(' for ', to_char(to_month, '%Y-%m'))
            when to_month is not null and n_files is null then concat(' in the ', $question_months, ' months to ', to_char(to_month, '%Y-%m'))
            when to_month is not null then concat(' in ', n_files, case n_files when 1 then ' file' else ' files' end, ' up to ', to_char(to_month, '%Y-%m'))
            else ''
        end as months,
        -- a comma after every third digit from the right
        ltrim(reverse(regexp_replace(reverse(cast(n_rows as varchar)), '([0-9]{3})', '\1,', 'g')), ',') as rows_text,
        ltrim(reverse(regexp_replace(reverse(cast(n_of as varchar)), '([0-9]{3})', '\1,', 'g')), ',') as of_text
    from asked
)

select
    provider_code,                          -- whom to ask (ODS code); unknown if neither rows nor file say
    feed,                                   -- the feed
    rule,                                   -- the rule that is broken, or what is missing
    column_name,                            -- the column, as the contract names it; empty if none
    cast(row_number() over (partition by provider_code order by urgency, n_rows desc, feed, rule, column_name) as bigint) as question_no, -- the provider's gravest first
    check_type,                             -- check of the OHDSI Data Quality Dashboard that it is like; null if none
    n_rows,                                 -- rows that it is about
    n_of,                                   -- of how many
    share,                                  -- n_rows over n_of; null of none
    since,                                  -- last month of the first file with it; null if not known
    file,                                   -- the latest file with it; null if no single one
    first_lines,                            -- first lines there; null if none
    case when n_of = 0 then concat(feed, ', ', file, ': ', phrase, '.') else concat(
        rows_text, ' of ', of_text, ' rows (', case when share < 0.0005 then 'under 0.1' else cast(round(share * 100, 1) as varchar) end, ' %) of ',
        feed, months, ': ', phrase, case when first_lines is not null
            then concat('; first in ', file, case when first_lines like '%,%' then ', lines ' else ', line ' end, first_lines) else '' end,
        case when phrase like '%?' then '' else '.' end) end as sentence -- the question, to be sent
from worded
