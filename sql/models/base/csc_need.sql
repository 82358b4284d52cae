--! summary = "Referrals of children in need, each with its person."
--! grain = ["record_id"]
--! sensitivity = "person"
--! checks = ["unique(record_id)", "not_null(referred_on)", "select record_id from base.csc_need where closed_on < referred_on"]

with

accepted as (
    select
        record_id, identity_id, provider_code, sex, birth_month, age_at_event, referred_on, referral_source,
        need_category, closed_on, closure_reason, is_without_action, disabilities, protection_plan_from_on
    from record.csc_need
),

person_index as (
    select identity_id, person_id from link.person_index
)

select
    accepted.record_id,              -- the accepted row
    person_index.person_id,          -- pseudonym; null if the row cannot be linked
    accepted.provider_code,          -- the council
    accepted.sex,                    -- as recorded: female, male, other
    accepted.birth_month,            -- first day of the month of birth, as recorded
    accepted.age_at_event,           -- completed years at the referral; null before birth
    accepted.referred_on,            -- day of the referral
    accepted.referral_source,        -- who referred (census code)
    accepted.need_category,          -- category of need
    accepted.closed_on,              -- day on which the case was closed; null if open
    accepted.closure_reason,         -- why it was closed (census code)
    accepted.is_without_action,      -- whether nothing followed from the referral
    accepted.disabilities,           -- disabilities (census codes), with semicolons between
    accepted.protection_plan_from_on -- first day of the first child protection plan; null if there was none
from accepted
left join person_index on accepted.identity_id = person_index.identity_id -- many to one: an identity is one person
