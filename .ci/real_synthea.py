"""What Synthea's population holds: each check is its name, a query, and the rows that it must give."""

import collections
import csv

from real_files import SYNTHEA, pairs, rows, uk_day
from real_hospital import patients, split

BNF = {"197626": "0205040D0", "313096": "0202030S0", "3827": "0205051I0", "197361": "0206020A0",
       "1091646": "0205052AE"}
SNOMED = {"8480-6": "271649006", "8462-4": "271650006"}


def day_of_encounters():
    """The local day of each encounter, checked where the publisher gives it as a date."""
    encounters = rows(SYNTHEA / "encounters.csv")
    day_of = {row["Id"]: uk_day(row["START"]) for row in encounters}
    for row in rows(SYNTHEA / "conditions.csv"):
        assert day_of[row["ENCOUNTER"]] == row["START"], "an encounter's day is not its condition's"
    born = {row["Id"]: row["BIRTHDATE"] for row in rows(SYNTHEA / "patients.csv")}
    assert all(day_of[row["Id"]] >= born[row["PATIENT"]] for row in encounters)
    return day_of


def observed():
    """Blood pressures, the simulator's own scores, and pressures that no cuff reads."""
    observations = rows(SYNTHEA / "observations.csv")
    pressures = [row for row in observations if row["CODE"] in SNOMED]
    scores = [row for row in observations if row["CODE"] in ("QALY", "DALY", "QOLS")]
    low = [row for row in pressures if not 20 <= float(row["VALUE"]) <= 300]
    return pressures, scores, low


def issued():
    """The prescriptions: each row lacks one field that the header names."""
    with open(SYNTHEA / "medications.csv", newline="", encoding="utf-8") as file:
        header, *issues = csv.reader(file)
    assert len(header) == 9 and {len(row) for row in issues} == {8}, "the file has been put right"
    code = header.index("CODE")
    return [BNF[row[code]] for row in issues]


def given():
    """The immunisations: each row ends in a delimiter that the header lacks."""
    with open(SYNTHEA / "immunizations.csv", newline="", encoding="utf-8") as file:
        header, *lines = csv.reader(file)
    assert len(header) == 5 and all(len(line) == 6 and not line[5] for line in lines)
    return rows(SYNTHEA / "immunizations.csv")


def synthea():
    people, conditions = rows(SYNTHEA / "patients.csv"), rows(SYNTHEA / "conditions.csv")
    encounters, plans = rows(SYNTHEA / "encounters.csv"), rows(SYNTHEA / "careplans.csv")
    day_of, vaccinations = day_of_encounters(), given()
    pressures, _, _ = observed()
    assert all(uk_day(row["DATE"]) == day_of[row["ENCOUNTER"]] for row in vaccinations)
    assert all(row["START"] == day_of[row["ENCOUNTER"]] for row in plans)
    count = collections.Counter
    by_code = count(row["CODE"] for row in conditions + plans)
    by_code.update(SNOMED[row["CODE"]] for row in pressures)
    by_code[""] = len(vaccinations)     # a vaccine's code is in no list that the NHS uses
    by_event = count(row["START"] for row in conditions + plans)
    by_event.update(uk_day(row["DATE"]) for row in pressures + vaccinations)
    _, kept, _ = split()
    return [
        ("persons in all", "select count(*) as n from core.person", [[patients(kept) + len(people)]]),
        ("persons by sex in the index",
         "select person.sex, count(*) as n from base.demographic as line inner join core.person as person "
         "on line.person_id = person.person_id group by person.sex",
         pairs(count({"F": "female", "M": "male"}[row["GENDER"]] for row in people))),
        ("encounters by day on the local clock",
         "select cast(appointment_on as varchar) as day, count(*) as n from base.gp_appointment group by 1",
         pairs(count(day_of.values()))),
        ("encounters by mode",
         "select consultation_mode, count(*) as n from base.gp_appointment group by consultation_mode",
         pairs(count("Telephone" if row["ENCOUNTERCLASS"] == "virtual" else "Face-to-face"
                     for row in encounters))),
        ("coded entries by code",
         "select snomed_code, count(*) as n from base.gp_event group by snomed_code", pairs(by_code)),
        ("coded entries by day on the local clock",
         "select cast(event_on as varchar) as day, count(*) as n from base.gp_event group by 1",
         pairs(by_event)),
        ("persons with hypertension",
         "select count(*) as n from core.condition where condition = 'hypertension' and sources = 'gp_event'",
         [[len({row["PATIENT"] for row in conditions if row["CODE"] == "59621000"})]]),
        ("prescriptions by drug",
         "select bnf_code, count(*) as n from base.gp_prescription group by bnf_code",
         pairs(count(issued()))),
        ("immunisations by code and name",
         "select concat(vaccine_code, ' ', vaccine) as k, count(*) as n from base.gp_event "
         "where vaccine_code is not null group by 1",
         pairs(count(row["CODE"] + " " + row["DESCRIPTION"] for row in vaccinations))),
        ("immunisations by day on the local clock",
         "select cast(event_on as varchar) as day, count(*) as n from base.gp_event "
         "where vaccine_code is not null group by 1", pairs(count(uk_day(row["DATE"]) for row in vaccinations))),
        ("immunised persons who are in the index",
         "select count(distinct event.person_id) as n from base.gp_event as event "
         "inner join base.demographic as person on event.person_id = person.person_id "
         "where event.vaccine_code is not null", [[len({row["PATIENT"] for row in vaccinations})]]),
        ("care plans by code, reason, start and end",
         "select concat(snomed_code, ' ', reason_code) as k, event_on, ended_on, count(*) as n "
         "from base.gp_event where observation_key is not null group by 1, 2, 3",
         [[*key, n] for key, n in count(
             (row["CODE"] + " " + row["REASONCODE"], row["START"], row["STOP"]) for row in plans).items()]),
    ]


def organisations():
    """Organisations, and the clinicians at them."""
    places, clinicians = rows(SYNTHEA / "organizations.csv"), rows(SYNTHEA / "providers.csv")
    encounters = collections.Counter(row["ORGANIZATION"] for row in rows(SYNTHEA / "encounters.csv"))
    # What organisations and clinicians say that they did is what the encounters hold.
    assert encounters == {row["Id"]: int(row["UTILIZATION"]) for row in places}
    assert encounters == {row["ORGANIZATION"]: int(row["ENCOUNTERS"]) for row in clinicians}
    return [
        ("organisations: id, name, town, encounters",
         "select provider_code, name, coalesce(town, ''), n_encounters from area.organisation",
         [[row["Id"], row["NAME"], row["CITY"], row["UTILIZATION"]] for row in places]),
        ("organisations: furthest places",
         "select min(latitude) as a, max(latitude) as b, min(longitude) as c, max(longitude) as d "
         "from area.organisation",
         [[str(f(float(row[name]) for row in places)) for name in ("LAT", "LON") for f in (min, max)]]),
        ("clinicians by organisation: specialty, encounters, procedures",
         "select provider_code, specialty, n_encounters, n_procedures from area.practitioner",
         [[row["ORGANIZATION"], row["SPECIALITY"], row["ENCOUNTERS"], row["PROCEDURES"]]
          for row in clinicians]),
        ("encounters meet their organisation",
         "select count(*) as n from base.gp_appointment as held inner join area.organisation as place "
         "on held.provider_code = place.provider_code", [[sum(encounters.values())]]),
    ]
