//! What a hub holds and counts after an arrival, against the truth that was written with the city.

use std::collections::BTreeMap;

use super::receiving::{Hub, number};

/// Whose time the city's lists count from the middle of the month of birth.
const NEWBORN: &str = "(select r.person_id from core.registration as r \
    inner join core.person as p on r.person_id = p.person_id \
    where r.from_on = p.birth_month and r.from_on >= date '2023-04-01')";

/// What the hub counts for each feed and measure of the truth.
fn measures() -> Vec<(&'static str, &'static str, String)> {
    let activity =
        |condition: &str| format!("select count(*) from core.activity where {condition}");
    let days = |which: &str| {
        format!(
            "select coalesce(sum(days_at_risk), 0) from core.person_month where person_id {which} {NEWBORN}"
        )
    };
    vec![
        ("apc", "spells", "select count(*) from core.spell".to_owned()),
        ("op", "appointments", "select count(*) from base.op".to_owned()),
        ("op", "attendances", activity("counts_as = 'outpatient_attendance'")),
        ("ecds", "attendances", activity("counts_as = 'a_and_e_attendance'")),
        ("csds", "contacts", "select count(*) from base.csds".to_owned()),
        ("csds", "contacts_attended", activity("counts_as = 'community_contact'")),
        ("mhsds", "contacts_attended", activity("counts_as = 'mental_health_contact'")),
        ("mhsds", "duplicates_of_iapt", activity("feed = 'mhsds' and duplicate_of is not null")),
        ("iapt", "pathways", activity("feed = 'iapt'")),
        ("asc", "requests", activity("counts_as = 'social_care_request'")),
        ("asc", "assessments", activity("counts_as = 'social_care_assessment'")),
        ("asc", "reviews", activity("counts_as = 'social_care_review'")),
        ("asc", "services", activity("counts_as = 'social_care_package'")),
        ("csc", "episodes", activity("feed = 'csc'")),
        ("ambulance", "incidents", activity("feed = 'ambulance'")),
        ("nhs111", "calls", activity("feed = 'nhs111'")),
        ("gp_appointment", "appointments", "select count(*) from base.gp_appointment".to_owned()),
        ("gp_prescription", "issues", activity("feed = 'gp_prescription'")),
        ("third_sector", "contacts", "select count(*) from base.third_sector".to_owned()),
        ("death", "deaths", "select count(*) from base.death".to_owned()),
        (
            "gp_registration",
            "persons",
            "select count(distinct person_id) from core.person_month".to_owned(),
        ),
        ("gp_registration", "person_days", days("not in")),
        ("gp_registration", "newborn_person_days", days("in")),
    ]
}

impl Hub<'_> {
    /// Holds what stands of every feed after an arrival against the truth.
    pub(super) fn holds(&self, arrival: u32) {
        let accepted =
            self.sums("select feed, sum(n_accepted) from quality.delivery group by feed");
        let replaced =
            self.sums("select feed, sum(n_superseded) from quality.delivery group by feed");
        // A file with the bytes of a later one is not read: its rows are that one's.
        let unread = self.sums(
            "select l.feed, sum(d.n_accepted) from quality.left_out as l \
             inner join quality.delivery as d on l.same_as = d.file group by l.feed",
        );
        let tables = self.tables();
        for row in self.city.truth("counts_by_arrival.csv") {
            if number::<u32>(&row["arrival"]) != arrival || row["event_month"] != "all" {
                continue;
            }
            let feed = &row["feed"];
            let [n_accepted, n_current, n_replaced, n_deleted] =
                ["n_accepted", "n_current", "n_replaced", "n_deleted"]
                    .map(|n| number::<i64>(&row[n]));
            let of = |sums: &BTreeMap<String, i64>| sums.get(feed).copied().unwrap_or_default();
            let parts = tables[&format!("record.{feed}")].as_array().expect("parts").iter();
            let stands: i64 = parts.map(|part| part["n_rows"].as_i64().expect("a number")).sum();
            assert_eq!(stands, n_current, "{feed} after arrival {arrival}");
            assert_eq!(of(&accepted) + of(&unread), n_accepted, "{feed} after arrival {arrival}");
            let n_gone = of(&replaced) + of(&unread);
            assert_eq!(n_gone, n_replaced + n_deleted, "{feed} after arrival {arrival}");
        }
    }

    /// Holds what can be counted after an arrival against the truth; the counts.
    pub(super) fn counts(&self, arrival: u32) -> BTreeMap<(String, String), i64> {
        let counted = measures();
        let select = |(i, (.., sql)): (usize, &(&str, &str, String))| {
            format!("select {i} as i, ({sql}) as n")
        };
        let all: Vec<String> = counted.iter().enumerate().map(select).collect();
        let found: BTreeMap<(String, String), i64> = self
            .query(&all.join(" union all "))
            .into_iter()
            .map(|row| {
                let (feed, measure, _) = &counted[number::<usize>(&row[0])];
                (((*feed).to_owned(), (*measure).to_owned()), number(&row[1]))
            })
            .collect();
        let mut truth: BTreeMap<(String, String), i64> =
            found.keys().map(|at| (at.clone(), 0)).collect();
        for row in self.city.truth("measures_by_arrival.csv") {
            let at = (row["feed"].clone(), row["measure"].clone());
            if number::<u32>(&row["arrival"]) == arrival && truth.contains_key(&at) {
                truth.insert(at, number(&row["n"]));
            }
        }
        assert_eq!(found, truth, "after arrival {arrival}");
        self.counts_what_was_sent_twice(
            arrival,
            found[&("ecds".to_owned(), "attendances".to_owned())],
        );
        found
    }

    /// Of the rows that stand, all but one of each attendance are duplicates.
    fn counts_what_was_sent_twice(&self, arrival: u32, n_attendances: i64) {
        let is_it = |row: &&BTreeMap<String, String>| {
            row["feed"] == "ecds"
                && row["event_month"] == "all"
                && number::<u32>(&row["arrival"]) == arrival
        };
        let truth = self.city.truth("counts_by_arrival.csv");
        let n_rows = truth.iter().find(is_it).map_or(0, |row| number(&row["n_current"]));
        let found = "select 'ecds', count(*) from core.activity \
                     where feed = 'ecds' and duplicate_of is not null";
        assert_eq!(self.sums(found)["ecds"], n_rows - n_attendances, "after arrival {arrival}");
    }
}
