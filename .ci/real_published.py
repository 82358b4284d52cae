"""What the published files hold: prescribing, attendances, deaths, discharges.

Each check is its name, a query, and the rows that it must give.
"""

import collections
from decimal import Decimal

from real_files import ATTENDANCES, EPD, MORTALITY, REFERENCE, number, pairs, rows, summed, sums


def prescribing():
    """The English Prescribing Dataset of September 2017: four practices."""
    lines = rows(EPD)
    columns = [number("ITEMS"), number("TOTAL_QUANTITY", 1_000), number("ADQUSAGE", 100_000),
               number("NIC", 100), number("ACTUAL_COST", 100_000)]
    names = ["n_items", "total_quantity_thousandths", "adq_usage_hundred_thousandths", "nic_pence",
             "actual_cost_pence_thousandths"]
    # What the contract rests on.
    assert {row["YEAR_MONTH"] for row in lines} == {"2017_09"}
    assert len({(row["PRACTICE_CODE"], row["BNF_CODE"], row["QUANTITY"]) for row in lines}) == len(lines)
    assert all(Decimal(row["QUANTITY"]) * int(row["ITEMS"]) == Decimal(row["TOTAL_QUANTITY"])
               for row in lines)
    assert {len(row["BNF_CODE"]) for row in lines} == {11, 15}
    cost = sum(Decimal(row["ACTUAL_COST"]) for row in lines) * 100
    quantity = sum(Decimal(row["TOTAL_QUANTITY"]) for row in lines)
    adq = sum(Decimal(row["ADQUSAGE"]) for row in lines)
    grain = {(row["PRACTICE_CODE"], row["BNF_CODE"]) for row in lines}
    items = collections.Counter()
    for row in lines:
        items[row["PRACTICE_CODE"] + " " + row["BNF_CODE"]] += int(row["ITEMS"])
    return [
        ("prescribing: items, quantity, usage and cost by practice",
         sums("area.epd", "practice_code", names),
         summed(lines, lambda row: row["PRACTICE_CODE"], columns)),
        ("prescribing: items, quantity, usage and cost by presentation",
         sums("area.epd", "bnf_code", names), summed(lines, lambda row: row["BNF_CODE"], columns)),
        ("prescribing: names with commas",
         "select distinct month, region_code, icb_code, icb_name, pco_code, pco_name, practice_code, "
         "practice_name from area.epd",
         sorted({("2017-09-01", row["REGIONAL_OFFICE_CODE"], row["AREA_TEAM_CODE"],
                  row["AREA_TEAM_NAME"], row["PCO_CODE"], row["PCO_NAME"], row["PRACTICE_CODE"],
                  row["PRACTICE_NAME"]) for row in lines})),
        ("prescribing: descriptions", "select distinct bnf_code, bnf_description from area.epd",
         sorted({(row["BNF_CODE"], row["BNF_DESCRIPTION"]) for row in lines})),
        ("prescribing by practice and presentation: items",
         "select concat(practice_code, ' ', bnf_code) as k, n_items from base.prescribing_practice",
         pairs(items)),
        ("prescribing by practice and presentation: totals, cost in pence",
         "select count(*) as n, sum(n_items) as items, sum(total_quantity) as quantity, "
         "sum(adq_usage) as adq, sum(nic_pence) as nic, sum(actual_cost_pence) as cost "
         "from base.prescribing_practice",
         [[len(grain), sum(items.values()), f"{quantity:.3f}", f"{adq:.5f}",
           sum(map(number("NIC", 100), lines)), f"{cost:.3f}"]]),
    ]


def published_counts():
    """Attendances, deaths and discharges, as published."""
    attendances, deaths = rows(ATTENDANCES), rows(MORTALITY)
    named = [row for row in deaths if row["category_1"]]
    assert all("average" in row["category_1"] + row["category_2"] for row in named
               if row["counts"] and not row["counts"].endswith(".0")), "half a death"
    trust = rows(REFERENCE / "ltht_rr8_ae_monthly.csv")
    # The shares that are not kept follow from the counts that are, to the hundredth.
    for share, part, of in [
            ("pct_attendance_over_4hours", "attendances_over_4hours", "total_attendances"),
            ("pct_emergency_admissions_over_4hours", "emergency_admissions_over_4hours",
             "total_emergency_admissions")]:
        assert all(abs(Decimal(row[part]) / Decimal(row[of]) - Decimal(row[share])) <= Decimal("0.005")
                   for row in trust), share
    discharges = rows(REFERENCE / "ltht_rr8_daily_discharges.csv")
    remaining = rows(REFERENCE / "ltht_rr8_daily_no_criteria_to_reside.csv")
    delays = rows(REFERENCE / "ltht_rr8_delayed_discharge_reasons.csv")
    date = lambda row: row["date"]
    counted = ["attendances", "breaches", "admissions"]
    of_attendances = ["n_attendances", "n_over_4_hours", "n_admissions"]
    of_attendances_in_file = [number(name) for name in counted]
    return [
        ("A&E by month: attendances, over four hours, admissions",
         sums("area.ae_attendances", "month", of_attendances),
         summed(attendances, lambda row: row["period"], of_attendances_in_file)),
        ("A&E by provider", sums("area.ae_attendances", "provider_code", of_attendances),
         summed(attendances, lambda row: row["org_code"], of_attendances_in_file)),
        ("A&E by type of department",
         sums("area.ae_attendances", "department_type", of_attendances),
         summed(attendances, lambda row: row["type"], of_attendances_in_file)),
        ("deaths by heading, in tenths",
         sums("area.ons_mortality", "concat(category, '|', coalesce(subcategory, ''))", ["deaths_tenths"]),
         summed(named, lambda row: row["category_1"] + "|" + row["category_2"], [number("counts", 10)])),
        ("deaths by week, in tenths",
         sums("area.ons_mortality", "concat(week_ended_on, ' ', week_number)", ["deaths_tenths"]),
         summed(named, lambda row: row["date"] + " " + row["week_no"], [number("counts", 10)])),
        ("A&E of the trust by month",
         sums("area.ae_trust", "month", ["n_attendances", "n_over_4_hours", "n_emergency_admissions",
                                         "n_admitted_after_4_hours"]),
         summed(trust, date, [number("total_attendances"), number("attendances_over_4hours"),
                              number("total_emergency_admissions"),
                              number("emergency_admissions_over_4hours")])),
        ("discharges by day",
         sums("area.discharge_daily", "discharged_on", ["n_by_1700", "n_after_1700", "n_discharged"]),
         summed(discharges, date, [number("discharged_by_1700"),
                                   number("discharged_between_1701_2359"), number("discharged_total")])),
        ("patients without criteria to reside by day",
         sums("area.criteria_to_reside", "day_on", ["n_without_criteria"]),
         summed(remaining, date, [number("do_not_meet_criteria_to_reside")])),
        ("delays by month and reason",
         sums("area.discharge_delay", "concat(month, ' ', reason)", ["n_patients"]),
         summed(delays, lambda row: row["date"] + " " + row["delay_reason"], [number("delay_count")])),
        ("trusts of the local series",
         "select provider_code from area.ae_trust union select provider_code from area.discharge_daily "
         "union select provider_code from area.criteria_to_reside union "
         "select provider_code from area.discharge_delay", [["RR8"]]),
        ("published tables and of when they are",
         "select 'epd' as t, max(vintage) as v from area.epd union all "
         "select 'ons_mortality', max(vintage) from area.ons_mortality",
         [["epd", "2017-09"], ["ons_mortality", "January 2010 to April 2020, provisional"]]),
    ]
