//! What the page and the settings of a city say where it is not made as the committed sample is.

use std::fmt::Write;

use super::people::Numbers;
use super::settings::{Arrivals, CodeFrequencies, Deliveries, Settings};

/// The settings that differ from those of a small city, as lines of a TOML file.
pub(crate) fn differing(made: &Settings) -> String {
    let mut text = String::new();
    if made.deliveries == Deliveries::Monthly {
        text.push_str("deliveries = \"monthly\"\n");
    }
    if made.arrivals == Arrivals::Shuffled {
        text.push_str("arrivals = \"shuffled\"\n");
    }
    if made.code_frequencies == CodeFrequencies::England {
        text.push_str("code_frequencies = \"england\"\n");
    }
    if made.attender_sigma > 0.0 {
        let _ = writeln!(text, "attender_sigma = {:?}", made.attender_sigma);
    }
    if made.writes_opt_outs {
        text.push_str("opt_outs = true\n");
    }
    if made.reissued > 0.0 {
        let _ = writeln!(text, "reissued = {:?}", made.reissued);
    }
    let turned: Vec<_> = made.defects.turned().collect();
    if !turned.is_empty() {
        text.push_str("\n[defects]\n");
    }
    for (name, rate) in turned {
        let _ = writeln!(text, "{name} = {rate:?}");
    }
    text
}

/// The section that tells of them; nothing if there are none.
pub(crate) fn differences(made: &Settings) -> String {
    let mut points = Vec::new();
    let share = Numbers::share(made);
    if share < 1.0 {
        points.push(format!(
            "The test range has no more than 909,091 NHS numbers: {:.0} % of all people have one, the others none \
             in any feed.",
            share * 100.0
        ));
    }
    if made.code_frequencies == CodeFrequencies::England {
        points.push(
            "Diagnoses and procedures of hospital spells that a person's health does not explain are drawn as often \
             as English hospitals used them in 2023-24 (Hospital Episode Statistics, the commonest codes that make \
             95 % of all uses; Open Government Licence v3.0). Conditions, comorbidities, frailty, pregnancy and birth \
             follow from the person."
                .to_owned(),
        );
    }
    if made.attender_sigma > 0.0 {
        points.push(format!(
            "Frequent attenders: attendances and ambulances that do not lead to admission are multiplied, person by \
             person, by a log-normal number (mean 1, standard deviation of its logarithm {}), beside the gamma \
             numbers (shapes 6 and 3) that all urgent care has. Both are assumed.",
            made.attender_sigma
        ));
    }
    if made.writes_opt_outs {
        points.push(
            "`reference/opt_out_allowed.csv` is the list that the national data opt-out service returns: the numbers \
             of those who have not opted out; `truth/opt_outs.csv` names those who have."
                .to_owned(),
        );
    }
    if made.reissued > 0.0 {
        points.push(format!(
            "The NHS number of {:.1} % of people was issued anew for a new life within the window (adoption: another \
             family name and home; gender history: another given name and sex). `truth/reissued.csv` names both \
             persons: they must never be joined.",
            made.reissued * 100.0
        ));
    }
    let mut text = String::new();
    if !points.is_empty() {
        text.push_str("## How it differs from the sample\n\n");
        for point in points {
            let _ = writeln!(text, "- {point}");
        }
        text.push('\n');
    }
    if made.deliveries == Deliveries::Monthly {
        text.push_str(MONTHLY);
    }
    if made.arrivals == Arrivals::Shuffled {
        text.push_str(SHUFFLED);
    }
    text
}

const MONTHLY: &str = "\
## Deliveries

Files are called `<feed>_<provider>_<YYYY-MM>_<generation>.csv`; the month is the period's last. `truth/deliveries.csv` \
says in which month each arrives: the month after its period, a second generation one month later, later still if it \
is late. What a hub holds does not depend on the order of arrival:

| scheme | feeds | generations | which rows hold |
|---|---|---|---|
| refresh | `apc`, `op`, `ecds`; `csds`, `mhsds` | flex, freeze; primary, final | those of the latest generation of each provider and period: it replaces the whole file before it |
| delta | `gp_event`, `gp_prescription`, `gp_appointment` | full, delta | of each key the row of the latest period; a tombstone (`Deleted` true, the key, nothing else) deletes the key |
| window | `iapt` (from 1 April), `asc` (twelve months, each quarter) | ytd, rolling | a file makes void what earlier periods sent of events (by event date) within its window, and of every key that it holds |
| snapshot | `gp_registration` | snapshot | those of the latest list |
| append | `death`, `ambulance`, `nhs111`, `csc`, `third_sector` | append | all; late rows come in later files |

The period decides, not the arrival. A row that the contract refuses or filters is not held and makes nothing void; a \
row that comes twice is held once. Keys are those of the contracts, in `iapt` and `asc` the pathway and the event \
reference. In `gp_appointment` the flag `Deleted` is one column more than the yearly file has.

`truth/counts_by_arrival.csv` tells for each feed, month of arrival and month of the event what a hub must hold when \
all files that have arrived by then are loaded: rows accepted (each once), those current, those replaced (another row \
of the key is current) and those deleted (none is): accepted = current + replaced + deleted. The month of an event is \
that of the contract's event date; `before` is before the window.

`truth/measures_by_arrival.csv` tells what can be counted from them: units of each measure of `truth/counts.csv` of which \
a row is current, in `ecds` each attendance once, in `ambulance` each incident, in `apc` each spell; a row that the next file no longer has counts \
as long as it is current. `mhsds` contacts of a pathway are `duplicates_of_iapt` where a row of the pathway is current, \
else contacts. Registered persons and their days up to the as-at date are those of the latest list, as it was known on \
its day, up to a death that the list or another current row tells (`death`, `apc` by discharge method 4, `asc`); who is \
registered from a birth in the window counts from the 16th of the month of birth, apart (`newborn_person_days`).

";

const SHUFFLED: &str = "\
The files arrive in no order: the month of arrival of each is drawn from all months of the window, alike.

";
