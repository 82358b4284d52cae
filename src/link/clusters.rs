//! Union–find under constraints: which identities are one person so far.
//!
//! The representative of a cluster is its smallest row, so that the state after a set of joins does
//! not depend on which side was named first.

use std::collections::BTreeMap;

use super::step::Step;

const NONE: u32 = u32::MAX;

/// Clusters of rows, what each is known by, and which may not meet.
#[derive(Debug, Clone)]
pub(crate) struct Clusters {
    parent: Vec<u32>,
    /// The next member of the same cluster, in a ring.
    next: Vec<u32>,
    size: Vec<u32>,
    /// The trusted number of a cluster, 0 for none; right at representatives.
    number: Vec<u32>,
    /// How many identities carry that number; right at representatives.
    carriers: Vec<u32>,
    step: Vec<Option<Step>>,
    /// Rows that a cluster's rows may not be joined with, by representative.
    apart: BTreeMap<u32, Vec<u32>>,
    /// Feeds in which each person appears once, as bits; right at representatives, empty if there is none.
    once: Vec<u64>,
}

impl Clusters {
    /// Every row by itself; `numbers` are the trusted numbers (0 for none).
    pub(crate) fn new(numbers: Vec<u32>) -> Self {
        let n = u32::try_from(numbers.len()).expect("identities are fewer than 2^31");
        Self {
            parent: (0..n).collect(),
            next: (0..n).collect(),
            size: vec![1; numbers.len()],
            carriers: numbers.iter().map(|&number| u32::from(number != 0)).collect(),
            step: vec![None; numbers.len()],
            number: numbers,
            apart: BTreeMap::new(),
            once: Vec::new(),
        }
    }

    /// Clusters as they were left: `roots` has the smallest row of each row's cluster. Where a number
    /// has given way to another, the one that most of its cluster carry counts.
    pub(crate) fn as_left(numbers: Vec<u32>, roots: &[u32]) -> Self {
        let mut clusters = Self::new(numbers);
        let mut carriers: BTreeMap<(u32, u32), u32> = BTreeMap::new();
        for (row, &root) in (0..).zip(roots) {
            let number = clusters.number[row as usize];
            if number != 0 {
                *carriers.entry((root, number)).or_default() += 1;
            }
            if root != row {
                clusters.parent[row as usize] = root;
                clusters.next.swap(root as usize, row as usize);
                clusters.size[root as usize] += 1;
                clusters.carriers[root as usize] = 0;
            }
        }
        for ((root, number), n) in carriers {
            if n > clusters.carriers[root as usize] || clusters.size[root as usize] == 1 {
                clusters.number[root as usize] = number;
                clusters.carriers[root as usize] = n;
            }
        }
        clusters
    }

    /// Forbids that two rows of one feed meet, for the feeds whose bits the rows have.
    pub(crate) fn appear_once(&mut self, mut once: Vec<u64>) {
        for row in 0..u32::try_from(once.len()).unwrap_or_default() {
            let bits = once[row as usize];
            once[self.root(row) as usize] |= bits;
        }
        self.once = once;
    }

    /// The feeds in which each person appears once and the row's cluster does, as bits.
    pub(crate) fn feeds(&self, row: u32) -> u64 {
        self.once.get(self.root(row) as usize).copied().unwrap_or(0)
    }

    /// Whether two rows' clusters share a feed in which each person appears once.
    pub(crate) fn appear_twice(&self, left: u32, right: u32) -> bool {
        self.feeds(left) & self.feeds(right) != 0
    }

    /// Whether the rows are in two clusters that may be joined.
    pub(crate) fn could_meet(&self, left: u32, right: u32) -> bool {
        self.root(left) != self.root(right)
            && !self.numbers_differ(left, right)
            && !self.kept_apart(left, right)
            && !self.appear_twice(left, right)
    }

    /// The representative of the row's cluster.
    pub(crate) fn root(&self, mut row: u32) -> u32 {
        while self.parent[row as usize] != row {
            row = self.parent[row as usize];
        }
        row
    }

    /// Points every row straight at its representative, so that `root` takes one step.
    pub(crate) fn flatten(&mut self) {
        // A parent is never greater than its child, so it is already flat when the child's turn comes.
        for row in 0..self.parent.len() {
            self.parent[row] = self.parent[self.parent[row] as usize];
        }
    }

    /// The members of the row's cluster, starting with the row.
    pub(crate) fn members(&self, row: u32) -> impl Iterator<Item = u32> {
        let mut at = row;
        std::iter::from_fn(move || {
            let member = at;
            if member == NONE {
                return None;
            }
            let next = self.next[member as usize];
            at = if next == row { NONE } else { next };
            Some(member)
        })
    }

    /// How many identities the row's cluster has.
    pub(crate) fn size(&self, row: u32) -> u32 {
        self.size[self.root(row) as usize]
    }

    /// The trusted number of the row's cluster, 0 for none.
    pub(crate) fn number(&self, row: u32) -> u32 {
        self.number[self.root(row) as usize]
    }

    /// How many identities of the row's cluster carry its trusted number.
    pub(crate) fn carriers(&self, row: u32) -> u32 {
        self.carriers[self.root(row) as usize]
    }

    /// What the row was linked by.
    pub(crate) fn step(&self, row: u32) -> Option<Step> {
        self.step[row as usize]
    }

    /// Whether the clusters of two rows carry two different trusted numbers.
    pub(crate) fn numbers_differ(&self, left: u32, right: u32) -> bool {
        let (left, right) = (self.number(left), self.number(right));
        left != 0 && right != 0 && left != right
    }

    /// Whether two rows' clusters may not meet, because a conflict of their rows was found.
    pub(crate) fn kept_apart(&self, left: u32, right: u32) -> bool {
        let (left, right) = (self.root(left), self.root(right));
        let bars = |from: u32, to: u32| {
            let barred = self.apart.get(&from);
            barred.is_some_and(|rows| rows.iter().any(|&row| self.root(row) == to))
        };
        !self.apart.is_empty() && (bars(left, right) || bars(right, left))
    }

    /// Whether the row's cluster is kept apart from any other.
    pub(crate) fn is_barred(&self, row: u32) -> bool {
        self.apart.contains_key(&self.root(row))
    }

    /// Forbids that the two rows ever meet.
    pub(crate) fn keep_apart(&mut self, left: u32, right: u32) {
        let (left_root, right_root) = (self.root(left), self.root(right));
        self.apart.entry(left_root).or_default().push(right);
        self.apart.entry(right_root).or_default().push(left);
    }

    /// Makes one cluster of two, unless they are one or may not meet; says whether they were joined.
    ///
    /// The side with the weaker claim (no trusted number, fewer carriers, fewer identities, larger
    /// representative) is the one that the step explains; the other side keeps its own.
    pub(crate) fn join(&mut self, left: u32, right: u32, step: Step) -> bool {
        let (left, right) = (self.root(left), self.root(right));
        if !self.could_meet(left, right) {
            return false;
        }
        let (senior, junior) =
            if self.claim(left) > self.claim(right) { (left, right) } else { (right, left) };
        self.explain(senior, junior, step);
        let (number, carriers) = self.number_of_both(senior, junior);
        let (root, child) = (left.min(right), left.max(right));
        self.parent[child as usize] = root;
        self.next.swap(root as usize, child as usize);
        self.size[root as usize] += self.size[child as usize];
        self.number[root as usize] = number;
        self.carriers[root as usize] = carriers;
        if !self.once.is_empty() {
            self.once[root as usize] |= self.once[child as usize];
        }
        if let Some(rows) = self.apart.remove(&child) {
            self.apart.entry(root).or_default().extend(rows);
        }
        true
    }

    /// Takes the trust from the number of a cluster that one identity carries.
    pub(crate) fn distrust(&mut self, row: u32) {
        let root = self.root(row) as usize;
        self.number[root] = 0;
        self.carriers[root] = 0;
    }

    fn claim(&self, root: u32) -> (bool, u32, u32, std::cmp::Reverse<u32>) {
        let at = root as usize;
        (self.number[at] != 0, self.carriers[at], self.size[at], std::cmp::Reverse(root))
    }

    fn number_of_both(&self, senior: u32, junior: u32) -> (u32, u32) {
        let (number, carriers) = (self.number[senior as usize], self.carriers[senior as usize]);
        let same = self.number[junior as usize] == number;
        (number, carriers + if same { self.carriers[junior as usize] } else { 0 })
    }

    fn explain(&mut self, senior: u32, junior: u32, step: Step) {
        let mut at = junior;
        loop {
            self.step[at as usize] = Some(step);
            at = self.next[at as usize];
            if at == junior {
                break;
            }
        }
        if self.size[senior as usize] == 1 {
            self.step[senior as usize] = Some(step);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_trusted_numbers_never_meet_also_not_over_a_row_without_one() {
        let mut clusters = Clusters::new(vec![5, 0, 6]);
        assert!(clusters.join(0, 1, Step::Local));
        assert!(!clusters.join(1, 2, Step::Local));
        assert_eq!(clusters.root(1), 0);
        assert_eq!(clusters.root(2), 2);
    }

    #[test]
    fn clusters_as_they_were_left_are_those_that_were_joined() {
        let left = Clusters::as_left(vec![0, 5, 5, 0, 6, 5], &[0, 0, 0, 3, 0, 5]);
        let members = |row: u32| {
            let mut members: Vec<u32> = left.members(row).collect();
            members.sort_unstable();
            members
        };
        assert_eq!((members(2), members(3), members(5)), (vec![0, 1, 2, 4], vec![3], vec![5]));
        assert_eq!([2, 3, 5].map(|row| left.size(row)), [4, 1, 1]);
        assert_eq!([4, 3, 5].map(|row| left.number(row)), [5, 0, 5]);
        assert_eq!([4, 3, 5].map(|row| left.carriers(row)), [2, 0, 1]);
    }

    #[test]
    fn who_was_joined_before_appears_in_the_feeds_of_all_his_rows() {
        let mut clusters = Clusters::new(vec![0; 3]);
        assert!(clusters.join(0, 1, Step::NumberAndBirth));
        clusters.appear_once(vec![0, 1, 1]);
        assert!(clusters.appear_twice(0, 2));
        assert!(!clusters.join(0, 2, Step::Local));
    }

    #[test]
    fn rows_kept_apart_never_meet_over_others() {
        let mut clusters = Clusters::new(vec![0; 4]);
        clusters.keep_apart(1, 2);
        assert!(clusters.join(0, 1, Step::Local));
        assert!(clusters.join(2, 3, Step::Local));
        assert!(!clusters.join(3, 0, Step::Local));
    }

    #[test]
    fn a_step_explains_the_side_with_the_weaker_claim() {
        let mut clusters = Clusters::new(vec![5, 5, 0]);
        clusters.join(0, 1, Step::NumberAndBirth);
        clusters.join(2, 1, Step::Exact('a'));
        assert_eq!(clusters.step(0), Some(Step::NumberAndBirth));
        assert_eq!(clusters.step(1), Some(Step::NumberAndBirth));
        assert_eq!(clusters.step(2), Some(Step::Exact('a')));
    }

    #[test]
    fn members_are_all_rows_of_a_cluster_once() {
        let mut clusters = Clusters::new(vec![0; 5]);
        clusters.join(3, 1, Step::Local);
        clusters.join(4, 3, Step::Local);
        let mut members: Vec<u32> = clusters.members(4).collect();
        members.sort_unstable();
        assert_eq!(members, [1, 3, 4]);
        assert_eq!(clusters.members(0).collect::<Vec<_>>(), [0]);
        clusters.flatten();
        assert_eq!((clusters.root(4), clusters.size(4)), (1, 3));
    }
}
