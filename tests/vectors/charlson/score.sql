--! function = "charlson"
--! made_by = "published rules, scored in Python"
--! tolerance = 0.0
--! tables = { input = "charlson/input.csv", expected = "charlson/expected.csv" }

select
    e.patient,
    cast(r['mi'] as bigint) as mi, e.mi as mi_expected,
    cast(r['chf'] as bigint) as chf, e.chf as chf_expected,
    cast(r['pvd'] as bigint) as pvd, e.pvd as pvd_expected,
    cast(r['cevd'] as bigint) as cevd, e.cevd as cevd_expected,
    cast(r['dementia'] as bigint) as dementia, e.dementia as dementia_expected,
    cast(r['cpd'] as bigint) as cpd, e.cpd as cpd_expected,
    cast(r['rheumd'] as bigint) as rheumd, e.rheumd as rheumd_expected,
    cast(r['pud'] as bigint) as pud, e.pud as pud_expected,
    cast(r['mld'] as bigint) as mld, e.mld as mld_expected,
    cast(r['diab'] as bigint) as diab, e.diab as diab_expected,
    cast(r['diabwc'] as bigint) as diabwc, e.diabwc as diabwc_expected,
    cast(r['hp'] as bigint) as hp, e.hp as hp_expected,
    cast(r['rend'] as bigint) as rend, e.rend as rend_expected,
    cast(r['canc'] as bigint) as canc, e.canc as canc_expected,
    cast(r['msld'] as bigint) as msld, e.msld as msld_expected,
    cast(r['metacanc'] as bigint) as metacanc, e.metacanc as metacanc_expected,
    cast(r['aids'] as bigint) as aids, e.aids as aids_expected,
    r['score_charlson'] as score_charlson, e.score_charlson as score_charlson_expected,
    r['score_quan2011'] as score_quan2011, e.score_quan2011 as score_quan2011_expected
from expected as e
left join (
    select expected.patient, charlson(array_agg(input.icd10)) as r
    from expected
    left join input on input.patient = expected.patient
    group by expected.patient
) as s on s.patient = e.patient
