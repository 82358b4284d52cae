//! Controls on a line: the nearest free one without looking at all.

/// Controls of one stratum in the order of their place, then of their key.
#[derive(Debug)]
pub(super) struct Line {
    /// Place and key of a control.
    controls: Vec<(f64, i64)>,
    /// The next free one from here upwards, and one more than the next free one downwards.
    above: Vec<usize>,
    below: Vec<usize>,
}

impl Line {
    pub(super) fn of(mut controls: Vec<(f64, i64)>) -> Self {
        controls.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let n = controls.len();
        Self { controls, above: (0..=n).collect(), below: (0..=n).collect() }
    }

    /// The nearest `n` controls that are free: distance, key and their place here. Where two are equally near,
    /// the one of the smaller key comes first.
    pub(super) fn nearest(&mut self, place: f64, n: usize) -> Vec<(f64, i64, usize)> {
        let start = self.controls.partition_point(|control| control.0 < place);
        let mut found = Vec::new();
        let mut at = root(&mut self.above, start);
        while at < self.controls.len() && found.len() < n {
            found.push(at);
            at = root(&mut self.above, at + 1);
        }
        let mut end = root(&mut self.below, start);
        let mut n_below = 0;
        // Downwards by groups of one place, in each from its smallest key.
        while end > 0 && n_below < n {
            let group = self.controls[end - 1].0;
            let first = self.controls.partition_point(|control| control.0 < group);
            let mut at = root(&mut self.above, first);
            while at < end && n_below < n {
                found.push(at);
                n_below += 1;
                at = root(&mut self.above, at + 1);
            }
            end = root(&mut self.below, first);
        }
        let control = |at: usize| ((self.controls[at].0 - place).abs(), self.controls[at].1, at);
        let mut nearest: Vec<_> = found.into_iter().map(control).collect();
        nearest.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        nearest.truncate(n);
        nearest
    }

    /// The control at this place is free no longer.
    pub(super) fn take(&mut self, at: usize) {
        self.above[at] = at + 1;
        self.below[at + 1] = at;
    }
}

/// Where the chain from `at` ends; what lies on the way is led there at once.
fn root(links: &mut [usize], at: usize) -> usize {
    let mut end = at;
    while links[end] != end {
        end = links[end];
    }
    let mut on_way = at;
    while links[on_way] != end {
        on_way = std::mem::replace(&mut links[on_way], end);
    }
    end
}
