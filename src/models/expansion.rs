//! Stops common table expressions that multiply: `b` reads `a` twice, `c` reads `b` twice, …
//!
//! The planner puts a copy of each into every place that names it, so forty such lines would be
//! a plan of 2⁴⁰ relations. The size is added up here in one walk, without building anything.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{ObjectName, Query, Visit, Visitor};

/// Relations that a plan may have.
pub(crate) const MAX_RELATIONS: u64 = 5_000;

/// Whether `query`, written out, reads more than [`MAX_RELATIONS`] relations.
pub(crate) fn is_too_large(query: &Query) -> bool {
    query.visit(&mut Expansion::default()).is_break()
}

#[derive(Default)]
struct Expansion {
    frames: Vec<Frame>,
}

/// One query while it is walked: its common table expressions come before its body.
#[derive(Default)]
struct Frame {
    names: Vec<String>,
    sizes: BTreeMap<String, u64>,
    n_relations: u64,
}

impl Visitor for Expansion {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let tables = query.with.iter().flat_map(|with| &with.cte_tables);
        let names = tables.map(|table| table.alias.name.value.to_lowercase()).collect();
        self.frames.push(Frame { names, ..Frame::default() });
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        let Some(done) = self.frames.pop() else {
            return ControlFlow::Continue(());
        };
        let Some(outer) = self.frames.last_mut() else {
            return ControlFlow::Continue(());
        };
        // The first queries right inside another are its common table expressions, in order.
        match outer.names.get(outer.sizes.len()) {
            Some(name) => {
                let name = unique(name, &outer.sizes);
                outer.sizes.insert(name, done.n_relations.max(1));
            }
            None => return outer.add(done.n_relations),
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        let name = relation.to_string().trim_matches('"').to_lowercase();
        let size =
            self.frames.iter().rev().find_map(|frame| frame.sizes.get(&name)).copied().unwrap_or(1);
        match self.frames.last_mut() {
            Some(frame) => frame.add(size),
            None => ControlFlow::Continue(()),
        }
    }
}

impl Frame {
    fn add(&mut self, n_relations: u64) -> ControlFlow<()> {
        self.n_relations = self.n_relations.saturating_add(n_relations);
        if self.n_relations > MAX_RELATIONS {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

/// A name that comes twice is an error that the planner reports; here it must only be counted.
fn unique(name: &str, taken: &BTreeMap<String, u64>) -> String {
    if taken.contains_key(name) { format!("{name} {}", taken.len()) } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::path::Path;

    use super::*;
    use crate::models::sql::{parse_select, tokenise};

    fn too_large(sql: &str) -> bool {
        let path = Path::new("q");
        is_too_large(
            &parse_select(path, sql, tokenise(path, sql).expect("tokens")).expect("select"),
        )
    }

    fn doubling(n: usize) -> String {
        let mut sql = String::from("with t0 as (select 1 as x)");
        for i in 1..=n {
            let _ = write!(sql, ", t{i} as (select l.x from t{} as l, t{} as r)", i - 1, i - 1);
        }
        let _ = write!(sql, " select x from t{n}");
        sql
    }

    #[test]
    fn doubling_is_found_however_it_is_wrapped() {
        assert!(!too_large(&doubling(8)));
        assert!(too_large(&doubling(40)));
        assert!(too_large(&format!("select x from ({}) as a", doubling(40))));
        assert!(too_large(&format!("with a as ({}) select x from a", doubling(40))));
        assert!(too_large(&format!(
            "with a as ({0}) select l.x from a as l, a as r, a as s, ({0}) as u",
            doubling(12)
        )));
    }

    #[test]
    fn long_but_plain_chains_pass() {
        let mut sql = String::from("with t0 as (select x from core.a)");
        for i in 1..100 {
            let _ = write!(
                sql,
                ", t{i} as (select x from t{} where exists (select 1 from core.b))",
                i - 1
            );
        }
        sql.push_str(" select x from t99");
        assert!(!too_large(&sql));
    }
}
