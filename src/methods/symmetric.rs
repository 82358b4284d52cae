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

    fn at(&self, row: usize, column: usize) -> f64 {
        self.cells[row * self.size + column]
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
    /// The solution of `A x = b`.
    pub(crate) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let Self(lower) = self;
        let mut x = b.to_vec();
        for row in 0..lower.size {
            let known: f64 = (0..row).map(|k| lower.at(row, k) * x[k]).sum();
            x[row] = (x[row] - known) / lower.at(row, row);
        }
        for row in (0..lower.size).rev() {
            let known: f64 = (row + 1..lower.size).map(|k| lower.at(k, row) * x[k]).sum();
            x[row] = (x[row] - known) / lower.at(row, row);
        }
        x
    }

    /// The diagonal of the inverse.
    pub(crate) fn inverse_diagonal(&self) -> Vec<f64> {
        let unit = |at: usize| {
            let mut b = vec![0.0; self.0.size];
            b[at] = 1.0;
            self.solve(&b)[at]
        };
        (0..self.0.size).map(unit).collect()
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
        let diagonal = factor.inverse_diagonal();
        assert!((diagonal[0] - 0.375).abs() < 1e-14 && (diagonal[1] - 0.5).abs() < 1e-14);
    }

    #[test]
    fn a_singular_matrix_has_no_factor() {
        let mut matrix = Symmetric::zero(2);
        matrix.add_outer(&[1.0, 2.0], 1.0);
        assert!(matrix.factor().is_none());
    }
}
