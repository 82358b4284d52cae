//! The methods against published results (`tests/vectors`; each row names what produced it).

use super::*;
use std::collections::BTreeMap;

/// One file of vectors: its rows as column name to text.
struct Rows(Vec<BTreeMap<String, String>>);

impl Rows {
    fn of(name: &str) -> Self {
        let path = format!("{}/tests/vectors/{name}.csv", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).expect("the vector file exists");
        let mut lines = text.lines();
        let header: Vec<&str> = lines.next().expect("a header").split(',').collect();
        // `source` comes last and may hold quoted commas; nothing before it does.
        let row = |line: &str| {
            let fields = line.splitn(header.len(), ',');
            header.iter().zip(fields).map(|(k, v)| ((*k).to_owned(), v.to_owned())).collect()
        };
        Self(lines.map(row).collect())
    }
}

fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column} is a number"))
}

/// An empty cell is a missing value.
fn perhaps(row: &BTreeMap<String, String>, column: &str) -> Option<f64> {
    (!row[column].is_empty()).then(|| number(row, column))
}

/// The largest deviation seen, relative to the expected value (absolute where that is 0).
struct Deviation {
    name: &'static str,
    worst: f64,
}

impl Deviation {
    fn of(name: &'static str) -> Self {
        Self { name, worst: 0.0 }
    }

    fn see(&mut self, got: impl Into<Option<f64>>, expected: impl Into<Option<f64>>) {
        match (got.into(), expected.into()) {
            (None, None) => {}
            (Some(got), Some(expected)) => {
                let scale = if expected == 0.0 { 1.0 } else { expected.abs() };
                self.worst = self.worst.max((got - expected).abs() / scale);
            }
            (got, expected) => panic!("{}: {got:?} for {expected:?}", self.name),
        }
    }

    fn within(&self, tolerance: f64) {
        assert!(self.worst <= tolerance, "{}: deviation {:e}", self.name, self.worst);
    }
}

#[test]
fn limits_of_counts_agree_with_phe() {
    let mut deviation = Deviation::of("poisson_ci");
    for row in &Rows::of("poisson_ci/expected").0 {
        let (x, confidence) = (number(row, "x"), number(row, "confidence"));
        for (kind, (lower, upper)) in [
            ("byars", poisson::byars_interval(x, confidence)),
            ("exact", poisson::exact_interval(x, confidence)),
            ("phe", poisson::count_interval(x, confidence)),
        ] {
            deviation.see(lower, perhaps(row, &format!("{kind}_lower")));
            deviation.see(upper, perhaps(row, &format!("{kind}_upper")));
        }
    }
    deviation.within(1e-9);
}

fn phe_label(class: Option<FunnelClass>) -> &'static str {
    match class {
        Some(FunnelClass::Low998) => "Low (0.001)",
        Some(FunnelClass::Low95) => "Low (0.025)",
        Some(FunnelClass::Within) => "Not significant",
        Some(FunnelClass::High95) => "High (0.025)",
        Some(FunnelClass::High998) => "High (0.001)",
        None => "Not applicable for events less than 10 for dsrs",
    }
}

#[test]
fn classes_of_standardised_rates_agree_with_phe() {
    let rows = Rows::of("funnel_rate/expected_significance_dsr");
    let sum = |column: &str| rows.0.iter().map(|row| number(row, column)).sum::<f64>();
    let baseline = sum("events") / sum("pop");
    for row in &rows.0 {
        let class = small_dsr_class(number(row, "events"), number(row, "pop") * baseline);
        assert_eq!(phe_label(class), row["significance"]);
    }
}
