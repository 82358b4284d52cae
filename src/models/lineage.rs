//! What a model is made of and what is made of it: as text, Mermaid or DOT.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Catalogue, ModelError};

/// How lineage is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawing {
    /// Two indented trees: upstream, then downstream; for all models, one edge per line.
    Tree,
    /// A Mermaid flowchart.
    Mermaid,
    /// A Graphviz digraph.
    Dot,
}

/// The lineage of one model, or of all of them if no name is given.
///
/// # Errors
/// [`ModelError::UnknownModel`] if there is no model of that name.
pub fn lineage(
    catalogue: &Catalogue,
    name: Option<&str>,
    drawing: Drawing,
) -> Result<String, ModelError> {
    let Some(name) = name else {
        let edges = all_edges(catalogue);
        return Ok(match drawing {
            Drawing::Tree => {
                let lines = edges.iter().map(|(from, to)| [from, " → ", to, "\n"].concat());
                lines.collect()
            }
            Drawing::Mermaid => mermaid(&edges),
            Drawing::Dot => dot(&edges),
        });
    };
    catalogue.model(name)?;
    Ok(match drawing {
        Drawing::Tree => text(catalogue, name),
        Drawing::Mermaid => mermaid(&edges_around(catalogue, name)),
        Drawing::Dot => dot(&edges_around(catalogue, name)),
    })
}

type Edges<'a> = BTreeSet<(&'a str, &'a str)>;

fn all_edges(catalogue: &Catalogue) -> Edges<'_> {
    catalogue
        .models()
        .flat_map(|model| model.inputs.iter().map(|input| (input.as_str(), model.name.as_str())))
        .collect()
}

fn inputs<'a>(catalogue: &'a Catalogue, name: &str) -> Vec<&'a str> {
    let model = catalogue.model(name).ok();
    model.map(|m| m.inputs.iter().map(String::as_str).collect()).unwrap_or_default()
}

fn readers<'a>(catalogue: &'a Catalogue, name: &str) -> Vec<&'a str> {
    let reads = |inputs: &[String]| inputs.iter().any(|input| input == name);
    catalogue.models().filter(|m| reads(&m.inputs)).map(|m| m.name.as_str()).collect()
}

fn edges_around<'a>(catalogue: &'a Catalogue, name: &'a str) -> Edges<'a> {
    let mut edges = Edges::new();
    let mut open = vec![name];
    while let Some(to) = open.pop() {
        let new = inputs(catalogue, to).into_iter().filter(|from| edges.insert((*from, to)));
        open.extend(new.collect::<Vec<_>>());
    }
    open.push(name);
    while let Some(from) = open.pop() {
        let new = readers(catalogue, from).into_iter().filter(|to| edges.insert((from, *to)));
        open.extend(new.collect::<Vec<_>>());
    }
    edges
}

fn text(catalogue: &Catalogue, name: &str) -> String {
    let mut out = String::new();
    out.push_str("made from\n");
    branch(&mut out, name, 1, &mut BTreeSet::new(), &|n| inputs(catalogue, n));
    out.push_str("used by\n");
    branch(&mut out, name, 1, &mut BTreeSet::new(), &|n| readers(catalogue, n));
    out
}

/// One node and what lies behind it; what was shown before is named but not opened again.
fn branch<'a>(
    out: &mut String,
    name: &'a str,
    depth: usize,
    seen: &mut BTreeSet<&'a str>,
    next: &dyn Fn(&str) -> Vec<&'a str>,
) {
    let following = next(name);
    let again = !seen.insert(name) && !following.is_empty();
    out.push_str(&"  ".repeat(depth));
    out.push_str(name);
    out.push_str(if again { " …\n" } else { "\n" });
    if !again {
        for follower in following {
            branch(out, follower, depth + 1, seen, next);
        }
    }
}

fn mermaid(edges: &Edges<'_>) -> String {
    let mut out = String::from("flowchart LR\n");
    let id = |name: &str| name.replace('.', "__");
    for (from, to) in edges {
        let _ = writeln!(out, "    {}[\"{from}\"] --> {}[\"{to}\"]", id(from), id(to));
    }
    out
}

fn dot(edges: &Edges<'_>) -> String {
    let mut out = String::from("digraph models {\n    rankdir=LR;\n    node [shape=box];\n");
    for (from, to) in edges {
        let _ = writeln!(out, "    \"{from}\" -> \"{to}\";");
    }
    out.push_str("}\n");
    out
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn sample() -> Catalogue {
        let header = "--! summary = \"x\"\n--! grain = []\n--! sensitivity = \"person\"\n";
        let models = [
            ("base/apc", "select x from record.apc"),
            ("core/spell", "select x from base.apc"),
            ("core/person", "select a.x from base.apc as a join core.spell as s on true"),
            ("risk/segment", "select x from core.person"),
        ];
        let sources = models
            .map(|(name, sql)| (PathBuf::from([name, ".sql"].concat()), [header, sql].concat()));
        Catalogue::from_sources(sources).expect("models")
    }

    #[test]
    fn the_text_shows_both_directions_and_each_branch_once() {
        let tree = lineage(&sample(), Some("core.person"), Drawing::Tree).expect("known");
        let expected = "made from\n  core.person\n    base.apc\n      record.apc\n    core.spell\n      base.apc …\nused by\n  core.person\n    risk.segment\n";
        assert_eq!(tree, expected);
    }

    #[test]
    fn drawings_hold_the_edges_around_a_model_only() {
        let mermaid = lineage(&sample(), Some("core.spell"), Drawing::Mermaid).expect("known");
        assert!(mermaid.contains("core__spell[\"core.spell\"] --> core__person[\"core.person\"]"));
        assert!(!mermaid.contains("base__apc[\"base.apc\"] --> core__person"));
        let dot = lineage(&sample(), None, Drawing::Dot).expect("all");
        assert_eq!(dot.matches(" -> ").count(), 5);
        assert!(lineage(&sample(), Some("core.none"), Drawing::Tree).is_err());
    }
}
