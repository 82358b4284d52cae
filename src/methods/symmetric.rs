//! Small symmetric positive definite matrices: just what regressions need.

/// Pivots below this share of their diagonal make a matrix singular.
const SINGULAR: f64 = 1e-11;

/// A symmetric matrix, kept as full rows.
#[derive(Debug, Clone)]
pub(crate) struct Symmetric {
    size: usize,
    cells: Vec<f64>,
}

/// The lower triangular factor `L` of `A = L L'`.
#[derive(Debug)]
pub(crate) struct Factor(Symmetric);

impl Symmetric {
    pub(crate) fn zero(size: usize) -> Self {
        Self { size, cells: vec![0.0; size * size] }
    }

    /// Add `weight * x x'` to the lower triangle.
    pub(crate) fn add_outer(&mut self, x: &[f64], weight: f64) {
        for (row, &left) in x.iter().enumerate() {
            let scaled = weight * left;
            let cells = &mut self.cells[row * self.size..row * self.size + row + 1];
            for (cell, &right) in cells.iter_mut().zip(x) {
                *cell += scaled * right;
            }
        }
    }

    /// Add `weight * (a b' + b a')` to the lower triangle.
    pub(crate) fn add_pair(&mut self, a: &[f64], b: &[f64], weight: f64) {
        for row in 0..self.size {
            for column in 0..=row {
                let both = a[row] * b[column] + b[row] * a[column];
                self.cells[row * self.size + column] += weight * both;
            }
        }
    }

    /// The cell of a row and a column that is not behind it.
    fn at(&self, row: usize, column: usize) -> f64 {
        self.cells[row * self.size + column]
    }

    /// The cell of any row and column.
    pub(crate) fn cell(&self, row: usize, column: usize) -> f64 {
        self.at(row.max(column), row.min(column))
    }

    /// So many rows and columns from this one on.
    pub(crate) fn part(&self, from: usize, size: usize) -> Self {
        let places = || from..from + size;
        let cells = places().flat_map(|row| places().map(move |column| self.cell(row, column)));
        Self { size, cells: cells.collect() }
    }

    /// Every cell times `factor`.
    pub(crate) fn scaled(mut self, factor: f64) -> Self {
        self.cells.iter_mut().for_each(|cell| *cell *= factor);
        self
    }

    /// `A x`.
    pub(crate) fn times(&self, x: &[f64]) -> Vec<f64> {
        let row = |row| (0..self.size).map(|column| self.cell(row, column) * x[column]).sum();
        (0..self.size).map(row).collect()
    }

    /// `x' A x`.
    pub(crate) fn quadratic(&self, x: &[f64]) -> f64 {
        self.times(x).iter().zip(x).map(|(left, right)| left * right).sum()
    }

    /// `A M A`.
    pub(crate) fn around(&self, middle: &Self) -> Self {
        let mut product = Self::zero(self.size);
        let rows: Vec<Vec<f64>> = (0..self.size)
            .map(|row| (0..self.size).map(|column| self.cell(row, column)).collect())
            .collect();
        for row in 0..self.size {
            let left = middle.times(&rows[row]);
            let cells = &mut product.cells[row * self.size..][..=row];
            for (cell, column) in cells.iter_mut().zip(&rows) {
                *cell = left.iter().zip(column).map(|(a, b)| a * b).sum();
            }
        }
        product
    }

    /// Cholesky factor of the lower triangle; `None` when the matrix is singular.
    pub(crate) fn factor(&self) -> Option<Factor> {
        let mut lower = Self::zero(self.size);
        for row in 0..self.size {
            for column in 0..=row {
                let known: f64 = (0..column).map(|k| lower.at(row, k) * lower.at(column, k)).sum();
                let rest = self.at(row, column) - known;
                let cell = if row == column {
                    if !(rest > SINGULAR * self.at(row, row) && rest.is_finite()) {
                        return None;
                    }
                    rest.sqrt()
                } else {
                    rest / lower.at(column, column)
                };
                lower.cells[row * self.size + column] = cell;
            }
        }
        Some(Factor(lower))
    }
}

impl Factor {
    /// The solution of `L x = b`.
    pub(crate) fn half_solved(&self, b: &[f64]) -> Vec<f64> {
        let Self(lower) = self;
        let mut x = b.to_vec();
        for row in 0..lower.size {
            let known: f64 = (0..row).map(|k| lower.at(row, k) * x[k]).sum();
            x[row] = (x[row] - known) / lower.at(row, row);
        }
        x
    }

    /// The solution of `A x = b`.
    pub(crate) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let Self(lower) = self;
        let mut x = self.half_solved(b);
        for row in (0..lower.size).rev() {
            let known: f64 = (row + 1..lower.size).map(|k| lower.at(k, row) * x[k]).sum();
            x[row] = (x[row] - known) / lower.at(row, row);
        }
        x
    }

    /// The inverse.
    pub(crate) fn inverse(&self) -> Symmetric {
        let mut inverse = Symmetric::zero(self.0.size);
        for column in 0..self.0.size {
            let mut unit = vec![0.0; self.0.size];
            unit[column] = 1.0;
            let solved = self.solve(&unit);
            for (row, cell) in solved.into_iter().enumerate().skip(column) {
                inverse.cells[row * self.0.size + column] = cell;
            }
        }
        inverse
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // By hand: [[4, 2], [2, 3]] has the inverse [[3, -2], [-2, 4]] / 8.
    #[test]
    fn a_matrix_of_two_is_solved_and_inverted() {
        let mut matrix = Symmetric::zero(2);
        matrix.add_outer(&[2.0, 1.0], 1.0);
        matrix.add_outer(&[0.0, 1.0], 2.0);
        let factor = matrix.factor().expect("positive definite");
        let x = factor.solve(&[8.0, 8.0]);
        assert!((x[0] - 1.0).abs() < 1e-14 && (x[1] - 2.0).abs() < 1e-14);
        let inverse = factor.inverse();
        assert!((inverse.cell(0, 0) - 0.375).abs() < 1e-14);
        assert!((inverse.cell(0, 1) + 0.25).abs() < 1e-14);
        assert!((inverse.quadratic(&[1.0, 1.0]) - 0.375).abs() < 1e-14);
    }

    // By hand: [[2, 1], [1, 1]] [[1, 0], [0, 3]] [[2, 1], [1, 1]] = [[7, 5], [5, 4]].
    #[test]
    fn a_matrix_stands_around_another() {
        let mut outer = Symmetric::zero(2);
        outer.add_outer(&[1.0, 0.0], 1.0);
        outer.add_outer(&[1.0, 1.0], 1.0);
        let mut middle = Symmetric::zero(2);
        middle.add_outer(&[1.0, 0.0], 1.0);
        middle.add_pair(&[0.0, 1.0], &[0.0, 1.0], 1.5);
        let product = outer.around(&middle);
        let cells = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(row, column)| product.cell(row, column));
        assert_eq!(cells, [7.0, 5.0, 5.0, 4.0]);
    }

    #[test]
    fn a_singular_matrix_has_no_factor() {
        let mut matrix = Symmetric::zero(2);
        matrix.add_outer(&[1.0, 2.0], 1.0);
        assert!(matrix.factor().is_none());
    }
}
