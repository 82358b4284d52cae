"""Every row that is not taken in as it came, and everything else that was found, each with its reason.

What is listed here is counted from the raw files; whatever the hub found beyond it, or did not find,
fails the check.
"""

from real_files import ATTENDANCES, EPD, HES, MORTALITY, NO_DATE, REFERENCE, SYNTHEA, rows
from real_hospital import METHODS, age_disagrees, split
from real_synthea import observed

# Stand-ins of Hospital Episode Statistics, by its data dictionary: columns, texts, what they say.
DATES = NO_DATE - {""}
STAND_INS = [
    (["ADMIDATE", "DISDATE", "ELECDATE", "EPISTART", "EPIEND"], DATES, "no date, or none that is valid"),
    (["MYDOB"], {"011801", "011800", "011900"}, "no date of birth, or none that is valid"),
    (["SEX"], {"0", "3", "X"}, "sex not known"),
    (["ETHNOS"], {"X", "9", "99"} | set("012345678"), "not known, or of the census of 1991"),
    (["LSOA01"], {"Z99999999"}, "no area in England"),
    (["GPPRAC"], {"V81997", "V81998", "V81999", "&"}, "no practice, or not known"),
    (["EPIORDER", "ADMIMETH", "ADMISORC", "DISDEST"], {"98", "99"}, "does not apply, or not known"),
    (["EPISTAT"], {"9"}, "not known"),
    (["SPELBGIN"], {"Null"}, "not known"),
    (["ADMINCAT"], {"98", "99"}, "does not apply, or not known"),
    (["ELECDUR"], {"9998", "9999"}, "does not apply, or not known"),
    (["CCG_RESIDENCE", "CCG_GP_PRACTICE"], {"59898", "59999"}, "no commissioner in England, or not known"),
    (["RESLADST_ONS"], {"Y"}, "not known"),
    (["CLASSPAT", "DISMETH"], {"8", "9"}, "does not apply, or not known"),
    (["MAINSPEF", "TRETSPEF"], {"&", "999"}, "not known"),
    (["SITETRET"], {"&", "R9998", "89999", "89997"}, "not known"),
    (["SUSHRG"], {"UZ01Z"}, "no group"),
    (["CAUSE_4"], {"-", "&"}, "none, or not known"),
    ([f"DIAG_4_{i:02}" for i in range(1, 21)], {"R69X", "-", "&"}, "not coded, none, or not known"),
    ([f"OPERTN_4_{i:02}" for i in range(1, 25)], {"X999", "-", "&"}, "none, or not known"),
]
# Columns of other years and other layouts of the same data.
NOT_OF_THAT_YEAR = [
    "DISREADYDATE", "INTMANIG", "REFERORG", "CARERSI", "LEGLCAT", "WAITDAYS", "RTTPERSTAT",
    "RTTPERSTART", "RTTPEREND"] + [f"OPDATE_{i:02}" for i in range(1, 25)]
READ = {name for names, _, _ in STAND_INS for name in names} | {
    "EPIKEY", "PSEUDO_HESID", "STARTAGE", "PROCODE3", "EPITYPE", "SPELEND", "FCE", "FAE"}


def hospital():
    hes, kept, refusals = split()
    for names, texts, why in STAND_INS:
        for name in names:
            yield "apc", "sentinel", name, sum(row.get(name) in texts for row in hes), why
    for name, is_missing in [
            ("ADMIDATE", lambda row: row["ADMIDATE"] in NO_DATE),
            ("EPISTART", lambda row: row["EPISTART"] in NO_DATE),
            ("ADMIMETH", lambda row: row["ADMIMETH"] not in METHODS)]:
        yield "apc", "required", name, sum(map(is_missing, hes)), "no day, or no way, of admission: no episode"
    born = refusals["born_before_episode"]
    yield "apc", "born_before_episode", "MYDOB", born, "invented: months of birth are drawn apart from the episodes"
    yield "apc", "age_disagrees", "STARTAGE", sum(map(age_disagrees, kept)), "invented: ages are drawn apart from months of birth"
    for name in NOT_OF_THAT_YEAR:
        assert name not in hes[0]
        yield "apc", "absent_column", name, len(hes), "not in the files of 2001-02"
    unread = len(hes[0]) - len(READ & set(hes[0]))
    yield "apc", "undeclared_column", "unread", unread * len(hes), f"{unread} columns of which nothing is made"


def synthea():
    pressures, scores, low = observed()
    yield "gp_event", "filtered", "CODE", len(scores), "the simulator's own scores: nobody observed them"
    yield "gp_event", "out_of_range", "VALUE", len(low), "blood pressures below 20: no cuff reads them"


def published():
    n = len(rows(EPD))
    for name in ["AREA_TEAM_CODE (until area teams)", "AREA_TEAM_NAME (until area teams)"]:
        yield "epd", "older_layout", name, n, "of 2017, before integrated care boards"
    more = sum(float(row["admissions"]) > float(row["attendances"]) for row in rows(ATTENDANCES))
    yield "ae_attendances", "admissions_are_attendances", "admissions", more, "admitted after an attendance of the month before, or miscounted: as published"
    unnamed = sum(not row["category_1"] for row in rows(MORTALITY))
    yield "ons_mortality", "required", "category_1", unnamed, "rows of 2014 that lost their heading: what they count cannot be told"
    of_none = lambda file, name: sum(float(row[name]) == 0 for row in rows(REFERENCE / file))
    n = of_none("ltht_rr8_daily_discharges.csv", "discharged_total")
    yield "discharge_daily", "somebody_was_discharged", "discharged_total", n, "days without a report, published as nought"
    n = of_none("ltht_rr8_daily_no_criteria_to_reside.csv", "do_not_meet_criteria_to_reside")
    yield "criteria_to_reside", "somebody_remained", "do_not_meet_criteria_to_reside", n, "days without a report, published as nought"


def deviations():
    """Feed, rule, column, rows, why: of everything that the hub should find."""
    found = [*hospital(), *synthea(), *published()]
    return [one for one in found if one[3] > 0]


def check():
    """The check that nothing else was found."""
    wanted = [list(one[:4]) for one in deviations()]
    # Columns that are not read are many, and are told together.
    return (
        "everything that was found, by feed, rule and column",
        "with found as (select delivery.feed, finding.rule, finding.n_rows, "
        "case finding.rule when 'undeclared_column' then 'unread' else finding.column_name end as what "
        "from quality.finding as finding inner join quality.delivery as delivery "
        "on finding.delivery = delivery.delivery) "
        "select feed, rule, what, sum(n_rows) as n from found group by feed, rule, what",
        wanted)
