//! Likeness of areas that touch.

use std::collections::HashMap;

use super::arguments::Arguments;
use super::method::Method;
use super::page::{Kind, Page, Shape, input, output};
use super::value::Value;
use crate::methods::{self, NeighbouringArea};

const METHOD: &str = "Moran's I, each area's weights adding up to one, seeded permutations";
const DEFAULT_PERMUTATIONS: i64 = 9_999;

static MORAN: Page = Page {
    name: "moran",
    summary: "Moran's I over one row per area: whether areas that touch are more alike (above its \
              expected value) or more unlike than chance would have it. Neighbours that have no row \
              are left out; an area without any makes the result null.",
    formula: "`n sum_i sum_j w_ij z_i z_j / (S0 sum z^2)`, `w_ij` one over the neighbours of `i`; \
              expected `-1/(n - 1)`; `p = (1 + permutations at least as far from it) / (1 + \
              permutations)`, two-sided.",
    source: "Cliff AD, Ord JK. Spatial Processes: Models and Applications. 1981, chapters 1 and 2.",
    inputs: &[
        input("area", Kind::Text, "name or code of the area; none twice"),
        input("value", Kind::Number, "its rate, or another value"),
        input("neighbours", Kind::Texts, "names or codes of the areas that touch it"),
        input("n_permutations", Kind::Integer, "999 to 100,000; 9,999"),
        input("seed", Kind::Integer, "of the permutations: the same seed, the same p value; 1"),
    ],
    n_required: 3,
    result: Shape::Record(&[
        output("value", Shape::Number, "Moran's I"),
        output("expected", Shape::Number, "its expected value without autocorrelation"),
        output("p_value", Shape::Number, "two-sided, over permutations"),
        output("n_areas", Shape::Integer, "areas"),
        output("method", Shape::Text, "weights and p value"),
        output("reason", Shape::Text, "why something is missing, else null"),
    ]),
    example: "select round(m['value'], 4) as value, round(m['expected'], 4) as expected, m['n_areas'] as n_areas\n\
              from (\n    \
              select moran(area, rate, neighbours) as m\n    \
              from (values ('A', 1.0, ['B']), ('B', 2.0, ['A', 'C']), ('C', 3.0, ['B', 'D']), ('D', 4.0, ['C']))\n         \
              as t(area, rate, neighbours)\n\
              )",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    vec![Method::aggregate(&MORAN, moran)]
}

fn moran(given: &Arguments) -> Value {
    let result = areas(given).and_then(|areas| {
        let n_permutations = option(given, 3, DEFAULT_PERMUTATIONS)?;
        methods::moran(&areas, n_permutations, option(given, 4, 1)?.cast_unsigned())
    });
    let (numbers, reason) = match result {
        Ok(result) => ([result.value, result.expected, result.p_value].map(Value::from), None),
        Err(reason) => ([Value::Null, Value::Null, Value::Null], Some(reason)),
    };
    let last = [given.n_rows().into(), METHOD.into(), reason.into()];
    Value::Record(numbers.into_iter().chain(last).collect())
}

fn option(given: &Arguments, at: usize, otherwise: i64) -> Result<i64, &'static str> {
    if !given.has(at) || given.n_rows() == 0 {
        return Ok(otherwise);
    }
    let first = given.integer(at, 0);
    let is_one = given.rows().all(|row| given.integer(at, row) == first);
    first.filter(|_| is_one).ok_or("an option is missing or differs between rows")
}

/// The areas in order of their names, so that permutations do not hang on the order of rows.
fn areas(given: &Arguments) -> Result<Vec<NeighbouringArea>, &'static str> {
    let names: Option<Vec<&str>> = given.rows().map(|row| given.text(0, row)).collect();
    let names = names.ok_or("the name of an area is missing")?;
    let places: HashMap<&str, usize> =
        names.iter().enumerate().map(|(at, name)| (*name, at)).collect();
    if places.len() < names.len() {
        return Err("an area occurs twice");
    }
    let area = |row| {
        let neighbours = given.texts(2, row).unwrap_or_default();
        NeighbouringArea {
            value: given.number_or_nan(1, row),
            neighbours: neighbours.iter().filter_map(|name| places.get(name).copied()).collect(),
        }
    };
    Ok(given.rows().map(area).collect())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check_pairs, context, text};

    const RING: &str = "(values ('a', 1, ['b', 'h']), ('b', 1, ['a', 'c']), ('c', 1, ['b', 'd', 'not here']), \
                        ('d', 1, ['c', 'e']), ('e', 3, ['d', 'f']), ('f', 3, ['e', 'g']), \
                        ('g', 3, ['f', 'h']), ('h', 3, ['g', 'a'])) as t(area, rate, near)";

    // By hand, as beside the method: two halves of a ring of eight.
    #[tokio::test]
    async fn two_halves_of_a_ring_are_alike_in_sql() {
        let sql = format!(
            "select r['value'] as v, 0.5 as v_expected, r['expected'] as e, -1.0 / 7 as e_expected \
             from (select moran(area, rate, near) as r from {RING})"
        );
        check_pairs(&context(), &sql, 1e-12).await;
    }

    #[tokio::test]
    async fn an_island_has_no_result() {
        let sql = format!(
            "select moran(area, rate, case when area = 'c' then ['not here'] else near end)['reason'] \
             from {RING}"
        );
        let reason = "an area has no neighbour among the rows";
        assert_eq!(text(&sql).await.as_deref(), Some(reason));
    }
}
