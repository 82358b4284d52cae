"""Where the real files lie, how they are read, and how the checks count them."""

import collections
import csv
import datetime
import pathlib
import zoneinfo
from decimal import Decimal

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"
HES = SHARED / "real/artificial_hes/artificial_hes_apc_0102_truncated.csv"
SYNTHEA = SHARED / "real/nhse_synthea_uk_hypertension"
EPD = SHARED / "real/epd_2017/epd_201709.csv"
ATTENDANCES = SHARED / "real/nhsrdatasets/ae_attendances.csv"
MORTALITY = SHARED / "real/nhsrdatasets/ons_mortality.csv"
REFERENCE = SHARED / "reference"

# What stands for no date in Hospital Episode Statistics.
NO_DATE = {"", "1582-10-15", "1600-01-01", "1800-01-01", "1801-01-01"}


def rows(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        return [{name: (cell or "").strip() for name, cell in row.items() if name}
                for row in csv.DictReader(file)]


def uk_day(text):
    """The day that the clock in the United Kingdom showed at a time in UTC."""
    at = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    return at.astimezone(zoneinfo.ZoneInfo("Europe/London")).date().isoformat()


def pairs(found):
    return sorted([str(key), str(n)] for key, n in found.items())


def whole(number):
    """A number that must be whole, as the files write it (`21289.0`)."""
    assert number == number.to_integral_value(), "a number with places where none are kept"
    return int(number)


def sums(table, by, columns):
    """The SQL of the sums of columns by another, with a count."""
    added = "".join(f", sum({column}) as s{i}" for i, column in enumerate(columns))
    return f"select {by} as k, count(*) as n{added} from {table} group by 1"


def summed(found, key, columns):
    """The same from rows of a file: `columns` are functions of a row; a sum of nothing is blank."""
    groups = collections.defaultdict(list)
    for row in found:
        groups[key(row)].append(row)
    def total(group, column):
        known = [value for value in map(column, group) if value is not None]
        return sum(known) if known else ""
    return [[k, len(group)] + [total(group, column) for column in columns]
            for k, group in groups.items()]


def number(name, scale=1):
    """A column of a row as a whole number of `scale`ths; None where it is blank."""
    return lambda row: whole(Decimal(row[name]) * scale) if row[name] else None
