--! summary = "Hospital stays with one provider: episodes chained by the spell's key, or by patient and admission date where there is none."
--! grain = ["spell_record_id"]
--! sensitivity = "person"
--! checks = ["unique(spell_record_id)", "not_null(admitted_on)", "accepted_range(n_episodes, 1, 500)", "select spell_record_id from core.spell where discharged_on < admitted_on"]

-- A stay is one patient's. Where its episodes are linked to several persons, as after a mistyped NHS
-- number, it is that of somebody on the registration list, then of whom most episodes name.
--
-- Of an admission on the day of birth only the month is kept, so the nights of a newborn's stay are
-- not known, unless it ended the same day.

with

keyed as (
    select
        record_id, person_id, provider_code, birth_month, age_at_event, lsoa_code, is_resident, practice_code,
        admitted_on, discharged_on, episode_start_on, episode_order, patient_class,
        admission_method, admission_source, discharge_destination, discharge_method,
        treatment_function, diagnosis_01, hrg,
        coalesce(
            'spell ' || spell_key,
            'patient ' || cast(coalesce(person_id, identity_id) as varchar) || ' ' || cast(admitted_on as varchar),
            'row ' || cast(record_id as varchar)
        ) as chain
    from base.apc
),

episode as (
    select
        record_id, person_id, provider_code, birth_month, age_at_event, lsoa_code, is_resident, practice_code,
        admitted_on, discharged_on, patient_class, admission_method, admission_source,
        discharge_destination, discharge_method, treatment_function, diagnosis_01, hrg, chain,
        row_number() over (
            partition by provider_code, chain
            order by episode_start_on, episode_order nulls last, record_id
        ) as place_in_spell
    from keyed
),

ends as (
    select
        provider_code, chain,
        count(*) as n_episodes,
        min(admitted_on) as admitted_on,
        max(discharged_on) as discharged_on,
        max(place_in_spell) as last_place
    from episode
    group by provider_code, chain
),

listed as (
    select distinct person_id from base.gp_registration
),

named as (
    select
        episode.provider_code, episode.chain, episode.person_id, listed.person_id is not null as is_listed,
        count(*) as n_episodes
    from episode
    left join listed on episode.person_id = listed.person_id -- many to one: listed is distinct
    where episode.person_id is not null
    group by episode.provider_code, episode.chain, episode.person_id, listed.person_id
),

patient as (
    select provider_code, chain, first_value(person_id order by is_listed desc, n_episodes desc, person_id) as person_id
    from named
    group by provider_code, chain
),

admission_method as (
    select admission_method, admission_kind from reference.admission_method
)

select
    first.record_id as spell_record_id,                                   -- row of the first episode
    patient.person_id,                                                    -- pseudonym; null if the stay cannot be linked
    ends.provider_code,                                                   -- hospital trust
    ends.admitted_on,                                                     -- start of the stay
    ends.discharged_on,                                                   -- end of the stay; null if unfinished
    case
        when (first.birth_month is distinct from ends.admitted_on) or ends.discharged_on = ends.admitted_on
            then coalesce(ends.discharged_on, $as_at) - ends.admitted_on
    end as stay_days,                                                     -- nights, up to the as-at date if unfinished; null for newborns
    ends.n_episodes,                                                      -- consultant episodes
    first.patient_class,                                                  -- 1 ordinary, 2 day case, 3 and 4 regular, 5 mother and baby
    first.admission_method,                                               -- how the patient was admitted (CDS code)
    coalesce(admission_method.admission_kind, 'other') as admission_kind, -- emergency, elective, maternity, transfer, other
    first.admission_source,                                               -- where the patient came from (CDS code)
    last.discharge_destination,                                           -- where the patient went (CDS code)
    last.discharge_method,                                                -- how the stay ended; 4 is died
    first.treatment_function,                                             -- specialty on admission
    first.diagnosis_01 as primary_diagnosis,                              -- primary diagnosis of the first episode (ICD-10)
    first.hrg,                                                            -- healthcare resource group of the first episode
    first.age_at_event as age_at_start,                                   -- completed years at admission
    first.lsoa_code,                                                      -- area as recorded at admission
    first.is_resident,                                                    -- whether that area lies in the city
    first.practice_code                                                   -- practice as recorded at admission
from ends
inner join episode as first -- one to one: the first of the chain
    on ends.provider_code = first.provider_code and ends.chain = first.chain and first.place_in_spell = 1
inner join episode as last -- one to one: the last of the chain
    on ends.provider_code = last.provider_code and ends.chain = last.chain and last.place_in_spell = ends.last_place
left join patient on ends.provider_code = patient.provider_code and ends.chain = patient.chain -- one to one
left join admission_method on first.admission_method = admission_method.admission_method -- many to one
