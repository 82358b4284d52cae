//! The report's sections: what each one asks, its tables and its charts.

use super::ReportError;
use super::charts::{self, Chart, ChartError};
use crate::disclosure::Released;

/// A section about one release.
pub(super) struct Section {
    pub(super) id: &'static str,
    pub(super) heading: &'static str,
    /// What the section shows and how to read it; `{area}` stands for what areas are called.
    pub(super) introduction: &'static str,
    /// The release that it shows.
    pub(super) release: &'static str,
    /// Releases that it shows as tables only.
    pub(super) also: &'static [&'static str],
    draw: fn(&Released) -> Result<Vec<Chart>, ChartError>,
}

impl Section {
    /// The section's charts.
    pub(super) fn charts(&self, released: &Released) -> Result<Vec<Chart>, ReportError> {
        if released.n_rows() == 0 {
            return Ok(Vec::new());
        }
        Ok((self.draw)(released)?)
    }
}

/// The sections in reading order.
pub(super) const SECTIONS: [Section; 10] = [
    Section {
        id: "risk",
        heading: "Who is at risk",
        introduction: "Each registered adult has a risk of emergency admission in the coming \
                       year, estimated from age, conditions and earlier use of care. The pyramids \
                       show how the bands of risk are spread over the fifths of deprivation.",
        release: "release.risk_pyramid",
        also: &["release.top_risk"],
        draw: |released| Ok(vec![charts::risk_pyramid(released)?]),
    },
    Section {
        id: "segments",
        heading: "Who uses what",
        introduction: "The population in segments by need. Costs are shown where a source gives \
                       them; a cost without a source is left out, not counted as nought.",
        release: "release.segment",
        also: &[],
        draw: |released| Ok(vec![charts::segment_bars(released)?]),
    },
    Section {
        id: "areas",
        heading: "Where care differs",
        introduction: "Rates of use on person-time, age-standardised where numbers allow, with 95 % \
                       limits that take into account that one person may have many events. \
                       Whether a {area} differs from the city by more than chance is \
                       judged by a funnel whose limits are adjusted for over-dispersion. Events and \
                       person-time are of the months that are complete, which may differ between \
                       kinds of care.",
        release: "release.neighbourhood_rate",
        also: &[],
        draw: |released| Ok(vec![charts::neighbourhood_bars(released)?]),
    },
    Section {
        id: "practices",
        heading: "Practices compared",
        introduction: "Emergency admissions of each practice's registered people against the \
                       number that their ages and sexes lead one to expect. A practice within \
                       the funnel is not different; one outside is a question, not a verdict.",
        release: "release.practice_emergency",
        also: &[],
        draw: |released| Ok(vec![charts::practice_funnel(released)?]),
    },
    Section {
        id: "care-track",
        heading: "Care before and after a change",
        introduction: "Activity and cost per person by month from the index month, for the people \
                       whom a change reached and for controls: people who were eligible for it by \
                       the same rule, on the same day, and were not referred to any of them. They \
                       are not matched in age, sex, deprivation or earlier use here. All sectors stop \
                       where the first of their feeds does; a month that a sector's feeds are not \
                       complete for leaves a gap.",
        release: "release.care_track",
        also: &[],
        draw: charts::care_tracks,
    },
    Section {
        id: "effects",
        heading: "What the changes did",
        introduction: "How much more, or less, emergency admissions changed among the people reached \
                       than among others, by designs that fail in different ways: against all \
                       controls; against controls weighted so that their mean age, sex, deprivation \
                       and earlier urgent care are those of the people reached (entropy balancing; \
                       the limits leave out how sure the weights are); against a mixture of fifths \
                       of deprivation whose admissions went like theirs before (synthetic control; \
                       its p value says how many groups part as much by themselves, and is a sixth \
                       at least). Designs that disagree say that the choice of controls makes the \
                       effect. Beside them the naive comparison of after with before, which \
                       regression to the mean and seasons mislead. The tables say how likely as \
                       large a parting before is by chance, in admissions per person (a large p \
                       does not show that there was none), and how the effect changes with the \
                       months that one looks at: one that changes its sign with them is none to \
                       rely on.",
        release: "release.effect",
        also: &["release.effect_sensitivity"],
        draw: |released| Ok(vec![charts::effect_forest(released)?]),
    },
    Section {
        id: "trend",
        heading: "Where things are going",
        introduction: "The baseline was frozen, a forecast made from it, and what was observed \
                       since is set against the forecast's interval. A month that is not complete \
                       is no observation. The forecast's errors are given in mean changes from one \
                       year to the next before the baseline (MASE): below those of last year's \
                       values, it was worth making.",
        release: "release.trend",
        also: &["release.forecast_accuracy"],
        draw: |released| Ok(vec![charts::trend_against_forecast(released)?]),
    },
    Section {
        id: "people-to-come",
        heading: "What is coming: people",
        introduction: "What follows if people of each age are born and die at the rates of today, \
                       and as many come and leave. It is no forecast: rates will change, and it \
                       has no limits. Births are those of newborns on the lists; a move between practices of the city is no move. \
                       Where moves cannot go on as they are, nobody comes or leaves, and the chart \
                       says so.",
        release: "release.population_projection",
        also: &[],
        draw: |released| Ok(vec![charts::population_to_come(released)?]),
    },
    Section {
        id: "conditions-to-come",
        heading: "What is coming: long-term conditions",
        introduction: "The same people, each sex and age with the share of long-term conditions \
                       that it has on record today. It is no forecast: nothing is assumed to \
                       become more or less common at any age, so all that changes is how many \
                       people there are and how old. A person with several conditions is in \
                       several rows.",
        release: "release.condition_projection",
        also: &[],
        draw: |released| Ok(vec![charts::conditions_to_come(released)?]),
    },
    Section {
        id: "activity",
        heading: "What the feeds hold",
        introduction: "Units of care that count, by feed and financial year, of everybody in the \
                       feed. It says what came in: of a year the months that the feed is complete \
                       for, which stand beside it.",
        release: "release.open_data_activity",
        also: &[],
        draw: |_| Ok(Vec::new()),
    },
];
