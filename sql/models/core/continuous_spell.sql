--! summary = "Hospital stays across transfers between providers: what an admission is counted on."
--! grain = ["continuous_spell_record_id"]
--! sensitivity = "person"
--! checks = ["unique(continuous_spell_record_id)", "not_null(admitted_on)", "relationship(continuous_spell_record_id, core.spell.spell_record_id)", "accepted_range(n_spells, 1, 100)"]

-- After NHS Digital's continuous inpatient spell: the next stay begins within the days of the
-- setting `transfer_days` of the last discharge, and one of its codes says that it is a transfer.

with

spell as (
    select
        spell_record_id, person_id, provider_code, admitted_on, discharged_on, admission_method,
        admission_kind, admission_source, discharge_destination, discharge_method,
        primary_diagnosis, age_at_start,
        -- a stay without a person is a chain of its own
        coalesce(person_id, -spell_record_id) as patient,
        row_number() over (
            partition by coalesce(person_id, -spell_record_id)
            order by admitted_on, discharged_on nulls last, spell_record_id
        ) as place
    from core.spell
),

transfer_code as (
    select field, code from reference.transfer_code
),

judged as (
    select
        spell.spell_record_id, spell.person_id, spell.patient, spell.place, spell.provider_code, spell.admitted_on,
        spell.discharged_on, spell.admission_kind, spell.discharge_method, spell.primary_diagnosis, spell.age_at_start,
        earlier.place is null
            or earlier.discharged_on is null
            or spell.admitted_on < earlier.discharged_on
            or spell.admitted_on - earlier.discharged_on > $transfer_days
            or (method.code is null and source.code is null and destination.code is null) as begins_chain
    from spell
    left join spell as earlier -- one to one: the patient's stay before
        on spell.patient = earlier.patient and earlier.place = spell.place - 1
    left join transfer_code as method -- many to one: a code stands once for a field
        on method.field = 'admission_method' and spell.admission_method = method.code
    left join transfer_code as source -- many to one
        on source.field = 'admission_source' and spell.admission_source = source.code
    left join transfer_code as destination -- many to one
        on destination.field = 'discharge_destination' and earlier.discharge_destination = destination.code
),

chained as (
    select
        spell_record_id, person_id, patient, provider_code, admitted_on, discharged_on, admission_kind,
        discharge_method, primary_diagnosis, age_at_start, begins_chain,
        sum(case when begins_chain then 1 else 0 end) over (
            partition by patient order by place rows between unbounded preceding and current row
        ) as chain
    from judged
)

select
    min(spell_record_id) filter (where begins_chain) as continuous_spell_record_id, -- the first spell
    min(person_id) as person_id,                                                    -- pseudonym; null if the stay cannot be linked
    min(provider_code) filter (where begins_chain) as provider_code,                -- trust of the first spell
    min(admitted_on) as admitted_on,                                                -- start of the first spell
    case when bool_and(discharged_on is not null) then max(discharged_on) end as discharged_on, -- end of the last spell; null if unfinished
    count(*) as n_spells,                                                           -- spells, transfers included
    min(admission_kind) filter (where begins_chain) as admission_kind,              -- emergency, elective, … by the first spell
    bool_or(begins_chain and admission_kind = 'emergency') as is_emergency,         -- whether it counts as an emergency admission
    min(primary_diagnosis) filter (where begins_chain) as primary_diagnosis,        -- primary diagnosis of the first spell (ICD-10)
    coalesce(bool_or(discharge_method = '4'), false) as died_in_hospital,           -- whether the stay ended in death
    min(age_at_start) filter (where begins_chain) as age_at_start                   -- completed years at admission
from chained
group by patient, chain
