//! Rounding of rates, amounts and estimates to steps that several counts fit into.

/// A step of 1, 2 or 5 times a power of ten, kept as whole numbers so that multiples of it are the
/// nearest doubles to their decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    digit: i32,
    power: i32,
}

/// Which way a value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Towards {
    Nearest,
    Down,
    Up,
}

impl Towards {
    /// Lower limits go down and upper limits up, so that an interval never gets narrower.
    pub(super) fn for_column(name: &str) -> Self {
        if name.contains("lower") {
            Self::Down
        } else if name.contains("upper") {
            Self::Up
        } else {
            Self::Nearest
        }
    }
}

impl Step {
    /// The smallest step that is at least `width`; `None` if that is not a positive number.
    pub(super) fn at_least(width: f64) -> Option<Self> {
        if !(width.is_finite() && width > 1e-12 && width < 1e15) {
            return None;
        }
        // Seen through a hair's breadth, so that 0.5 × 10 counts as 5.
        let enough = width * (1.0 - 1e-9);
        let start = width.log10().floor() as i32 - 1;
        (start..start + 4)
            .flat_map(|power| [1, 2, 5].map(|digit| Self { digit, power }))
            .find(|step| step.size() >= enough)
    }

    pub(super) fn size(self) -> f64 {
        self.multiple(1.0)
    }

    /// The multiple of the step that `value` goes to; halves go away from zero.
    pub(super) fn apply(self, value: f64, towards: Towards) -> f64 {
        let steps = value / self.size();
        let hair = 1e-9 * steps.abs().max(1.0);
        let whole = match towards {
            // Halves that arithmetic has blurred still go away from zero.
            Towards::Nearest => (steps + hair.copysign(steps)).round(),
            Towards::Down => (steps + hair).floor(),
            Towards::Up => (steps - hair).ceil(),
        };
        // Adding zero turns −0 into 0.
        self.multiple(whole) + 0.0
    }

    fn multiple(self, steps: f64) -> f64 {
        let units = steps * f64::from(self.digit);
        let ten = 10f64.powi(self.power.abs());
        if self.power < 0 { units / ten } else { units * ten }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step_for(width: f64) -> f64 {
        Step::at_least(width).expect("positive").size()
    }

    #[test]
    fn steps_are_one_two_or_five_times_a_power_of_ten() {
        let pairs = [(0.31, 0.5), (0.5, 0.5), (0.51, 1.0), (1.2, 2.0), (2.0, 2.0), (4.3, 5.0)];
        for (width, step) in pairs {
            assert_eq!(step_for(width), step);
            assert_eq!(step_for(width * 1000.0), step * 1000.0);
        }
        assert_eq!(step_for(7.0), 10.0);
        assert_eq!(step_for(0.007), 0.01);
        assert_eq!(Step::at_least(0.0), None);
        assert_eq!(Step::at_least(f64::NAN), None);
    }

    #[test]
    fn multiples_are_written_without_noise() {
        let step = Step::at_least(0.1).expect("positive");
        assert_eq!(step.apply(0.3, Towards::Nearest).to_string(), "0.3");
        assert_eq!(step.apply(12.34, Towards::Nearest).to_string(), "12.3");
        assert_eq!(step.apply(-0.04, Towards::Nearest).to_string(), "0");
    }

    #[test]
    fn limits_go_outwards() {
        let step = Step::at_least(2.0).expect("positive");
        assert_eq!(step.apply(11.9, Towards::for_column("dsr_lower_95")), 10.0);
        assert_eq!(step.apply(10.1, Towards::for_column("upper_limit_998")), 12.0);
        assert_eq!(step.apply(10.0, Towards::for_column("upper_limit_998")), 10.0);
        assert_eq!(step.apply(10.9, Towards::for_column("crude_per_1000")), 10.0);
    }

    #[test]
    fn at_least_five_numerators_fit_into_a_step_of_a_rate() {
        for denominator in [12.0, 137.5, 998.0, 5_012.0, 81_733.0] {
            let step = Step::at_least(5.0 * 1000.0 / denominator).expect("positive");
            let mut last = (f64::NAN, 0);
            let mut runs = Vec::new();
            for n in 0..400 {
                let shown = step.apply(f64::from(n) * 1000.0 / denominator, Towards::Nearest);
                if shown == last.0 {
                    last.1 += 1;
                } else {
                    runs.push(last.1);
                    last = (shown, 1);
                }
            }
            // The first run starts at zero, so only half of it is there.
            assert!(runs[2..].iter().all(|run| *run >= 5), "{denominator}: {runs:?}");
        }
    }
}
