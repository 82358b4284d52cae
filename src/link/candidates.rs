//! From candidate pairs of clusters to joins: unique both ways, or not at all.
//!
//! A cluster that fits several others is joined with all of them if nothing sets them apart (they are
//! pieces of one person), and with none if two of them exclude each other (they are two persons).

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::clusters::Clusters;
use super::exclusion::Exclusion;
use super::uncorroborated::Shadows;

/// What becomes of the candidate pairs of one key.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    /// Clusters to join.
    pub(crate) joins: Vec<(u32, u32)>,
    /// Clusters that fit several persons.
    pub(crate) ambiguous: BTreeSet<u32>,
}

/// Decides about candidate pairs of clusters that do not exclude each other.
///
/// `pairs` are representatives; `max` bounds how many candidates one cluster may have.
pub(crate) fn choose(
    mut pairs: Vec<(u32, u32)>,
    exclusion: &Exclusion,
    shadows: &Shadows,
    max: usize,
) -> Choice {
    pairs.extend(pairs.clone().into_iter().map(|(left, right)| (right, left)));
    pairs.par_sort_unstable();
    pairs.dedup();
    let by_node: Vec<&[(u32, u32)]> = pairs.chunk_by(|one, next| one.0 == next.0).collect();
    let decided: Vec<Node> =
        by_node.par_iter().map(|edges| decide(edges, exclusion, shadows, max)).collect();
    let mut choice = Choice::default();
    for (node, edges) in decided.iter().zip(&by_node) {
        if node.ambiguous {
            choice.ambiguous.extend(without_number(edges, exclusion.clusters));
        }
    }
    join_components(&decided, exclusion, max, &mut choice);
    choice
}

/// One cluster and the candidates it keeps.
struct Node {
    root: u32,
    keeps: Vec<u32>,
    ambiguous: bool,
}

fn decide(edges: &[(u32, u32)], exclusion: &Exclusion, shadows: &Shadows, max: usize) -> Node {
    let clusters = exclusion.clusters;
    let all: Vec<u32> = edges.iter().map(|&(_, other)| other).collect();
    let outshone = |one| all.iter().any(|&other| shadows.outshine(clusters, one, other));
    let keeps: Vec<u32> = all.iter().copied().filter(|&other| !outshone(other)).collect();
    let ambiguous = keeps.len() > max || any_excluded(&keeps, exclusion);
    Node { root: edges[0].0, keeps: if ambiguous { Vec::new() } else { keeps }, ambiguous }
}

fn any_excluded(clusters: &[u32], exclusion: &Exclusion) -> bool {
    let mut pairs = clusters
        .iter()
        .enumerate()
        .flat_map(|(at, &one)| clusters[at + 1..].iter().map(move |&other| (one, other)));
    pairs.any(|(one, other)| exclusion.excludes(one, other))
}

/// Who is in doubt: a cluster with a trusted number is a candidate of others, not itself in doubt.
fn without_number(edges: &[(u32, u32)], clusters: &Clusters) -> Vec<u32> {
    let node = edges[0].0;
    if clusters.number(node) == 0 {
        return vec![node];
    }
    edges.iter().map(|&(_, other)| other).filter(|&other| clusters.number(other) == 0).collect()
}

fn join_components(nodes: &[Node], exclusion: &Exclusion, max: usize, choice: &mut Choice) {
    let place = |root: u32| nodes.binary_search_by_key(&root, |node| node.root).ok();
    let mutual = |node: &Node, other: u32| {
        place(other).filter(|&at| nodes[at].keeps.binary_search(&node.root).is_ok())
    };
    let mut seen = vec![false; nodes.len()];
    for start in 0..nodes.len() {
        let mut component = Vec::new();
        let mut open = vec![start];
        while let Some(at) = open.pop() {
            if !std::mem::replace(&mut seen[at], true) {
                component.push(nodes[at].root);
                open.extend(nodes[at].keeps.iter().filter_map(|&other| mutual(&nodes[at], other)));
            }
        }
        component.sort_unstable();
        settle(&component, exclusion, max, choice);
    }
}

fn settle(component: &[u32], exclusion: &Exclusion, max: usize, choice: &mut Choice) {
    if component.len() < 2 {
        return;
    }
    if component.len() > max || any_excluded(component, exclusion) {
        let in_doubt = |root: &&u32| exclusion.clusters.number(**root) == 0;
        choice.ambiguous.extend(component.iter().filter(in_doubt));
    } else {
        choice.joins.extend(component[1..].iter().map(|&other| (component[0], other)));
    }
}
