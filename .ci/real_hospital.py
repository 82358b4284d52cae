"""What the artificial hospital episodes hold: each check is its name, a query, and the rows it must give."""

import collections
import datetime

from real_files import HES, NO_DATE, REFERENCE, pairs, rows

METHODS = "11 12 13 21 22 23 24 25 28 2A 2B 2C 2D 31 32 81 82 83 84 89".split()


def refused_episode(row):
    """The first rule of the contract that an episode breaks, if any."""
    if row["ADMIDATE"] in NO_DATE or row["EPISTART"] in NO_DATE or row["ADMIMETH"] not in METHODS:
        return "required"
    if row["DISDATE"] not in NO_DATE and row["DISDATE"] < row["ADMIDATE"]:
        return "discharged_after_admission"
    if row["EPIEND"] not in NO_DATE and row["EPIEND"] < row["EPISTART"]:
        return "episode_ends_after_start"
    if row["EPISTART"] < row["ADMIDATE"]:
        return "episode_starts_after_admission"
    born = row["MYDOB"][2:] + "-" + row["MYDOB"][:2]
    if row["MYDOB"] not in ("", "011801", "011800", "011900") and born > row["EPISTART"][:7]:
        return "born_before_episode"
    return None


def age_disagrees(row):
    if row["MYDOB"] in ("", "011801", "011800", "011900") or not row["STARTAGE"]:
        return False
    month, year = int(row["MYDOB"][:2]), int(row["MYDOB"][2:])
    start = datetime.date.fromisoformat(row["EPISTART"])
    oldest = start.year - year - (start.month < month)
    # Born on the last day of the month instead: a birthday still to come if the month is this one.
    following = datetime.date(year + month // 12, month % 12 + 1, 1)
    last = following - datetime.timedelta(days=1)
    youngest = start.year - last.year - ((start.month, start.day) < (last.month, last.day))
    stated = int(row["STARTAGE"])
    return not max(youngest, 0) <= (0 if stated >= 7001 else stated) <= oldest


def patients(kept):
    """How many people episodes are about: one for each id, but for an id of births that have neither year nor month
    in common. There is one, of 1909 and of 1951: an id without names does not join two people so unlike."""
    unlike = collections.defaultdict(list)
    for patient, born in sorted({(row["PSEUDO_HESID"], row["MYDOB"]) for row in kept}):
        births = unlike[patient]
        is_known = born not in ("", "011801", "011800", "011900")
        if is_known and not any(born[:2] == one[:2] or born[2:] == one[2:] for one in births):
            births.append(born)
    return sum(max(1, len(births)) for births in unlike.values())


def split():
    """The episodes, those that are kept, and why the others are refused."""
    hes = rows(HES)
    refusals = collections.Counter(filter(None, map(refused_episode, hes)))
    return hes, [row for row in hes if refused_episode(row) is None], refusals


def hospital():
    _, kept, _ = split()
    own = {row["lsoa21_code"] for row in rows(REFERENCE / "leeds_lsoa21_master.csv")}
    own |= {row["lsoa11_code"] for row in rows(REFERENCE / "leeds_lsoa11_lsoa21.csv")}
    by_method = collections.Counter(row["ADMIMETH"] for row in kept)
    by_diagnosis = collections.Counter(
        row["DIAG_4_01"] for row in kept if row["DIAG_4_01"] not in ("", "R69X", "-", "&"))
    stays = {(row["PROCODE3"], row["PSEUDO_HESID"], row["ADMIDATE"]) for row in kept
             if row["STARTAGE"] != "7001"}
    newborn = {(row["PROCODE3"], row["PSEUDO_HESID"], row["ADMIDATE"][:7]
                if row["ADMIDATE"] == row["EPISTART"] else row["ADMIDATE"]) for row in kept
               if row["STARTAGE"] == "7001"}
    ages = collections.Counter()
    for row in kept:
        age = int(row["STARTAGE"]) if row["STARTAGE"] else None
        ages["null" if age is None else "under one" if age >= 7001 else "one or more"] += 1
    months = collections.Counter(row["EPISTART"][:7] for row in kept)
    return [
        ("stated ages that the month of birth contradicts",
         "select sum(n_rows) as n from quality.finding where rule = 'age_disagrees'",
         [[sum(map(age_disagrees, kept))]]),
        ("episodes by method of admission",
         "select admission_method, count(*) as n from base.apc group by admission_method", pairs(by_method)),
        ("episodes by primary diagnosis",
         "select diagnosis_01, count(*) as n from base.apc where diagnosis_01 is not null group by diagnosis_01",
         pairs(by_diagnosis)),
        ("episodes by month",
         "select substr(cast(episode_start_on as varchar), 1, 7) as month, count(*) as n from base.apc group by 1",
         pairs(months)),
        ("episodes by age",
         "select case when age_at_event is null then 'null' when age_at_event = 0 then 'under one' "
         "else 'one or more' end as age, count(*) as n from base.apc group by 1", pairs(ages)),
        ("episodes of residents of the city",
         "select count(*) as n from base.apc where is_resident",
         [[sum(row["LSOA01"] in own for row in kept)]]),
        ("spells: provider, patient and admission date",
         "select count(*) as n from core.spell", [[len(stays) + len(newborn)]]),
        ("persons in hospital",
         "select count(distinct person_id) as n from base.apc", [[patients(kept)]]),
    ]
