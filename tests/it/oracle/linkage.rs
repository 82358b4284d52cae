//! Whose each row is, as far as its identifiers say: the ladder of exact steps, on plain values.
//!
//! The true person of every row is known, but a hub is not to be blamed for a row that says too
//! little. So the ladder is climbed here on its own, from the raw rows, and then held against the
//! truth: nobody may be given another's row, and few rows may be lost.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::extracts::{Extracts, Fate};
use super::identity::{Field, Numbering, Values};
use super::likeness::{Births, Says, a_name_is_same, births, family, field, given, names_differ};
use super::pseudonym::Pseudonyms;
use super::weighed::{Standing, Weighed};

/// Which row belongs to whom.
pub(crate) struct Linkage {
    /// For each row of the extracts the cluster that it is in; `None` where nothing tells.
    cluster: Vec<Option<usize>>,
    /// The true person that a cluster stands for.
    person: HashMap<usize, String>,
    /// Names for the other clusters.
    strangers: HashMap<usize, String>,
    /// Rows whose number is traced and is not their person's own.
    wrong_number: BTreeSet<usize>,
    /// Rows whose pseudonym stands for no number.
    unnamed: BTreeSet<usize>,
    /// By feed: records with an identity, linked records, records with too little.
    pub(crate) by_feed: BTreeMap<&'static str, [usize; 3]>,
}

impl Linkage {
    /// The true person of a row that is linked with that person's other rows.
    pub(crate) fn person_of(&self, row: usize) -> Option<&str> {
        let cluster = self.cluster[row]?;
        self.person.get(&cluster).map(String::as_str)
    }

    /// Whom a row is about: the true person, or a name with a `?` for rows that are linked with none of
    /// their person's others.
    pub(crate) fn somebody(&self, row: usize) -> Option<&str> {
        let cluster = self.cluster[row]?;
        Some(self.person.get(&cluster).unwrap_or_else(|| &self.strangers[&cluster]))
    }

    /// Why a row is not linked with its person's others.
    pub(crate) fn reason(&self, row: usize) -> Lost {
        match self.cluster[row] {
            None => Lost::TooLittle,
            Some(_) if self.unnamed.contains(&row) => Lost::NoNumberAtSource,
            Some(_) if self.wrong_number.contains(&row) => Lost::WrongNumber,
            Some(_) => Lost::NothingInCommon,
        }
    }

    /// Whether a row is about somebody, be it a person of its own.
    pub(crate) fn is_somebody(&self, row: usize) -> bool {
        self.cluster[row].is_some()
    }
}

/// Why a row is not linked with its person's others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lost {
    /// It has neither number nor local id, and not all fields of any combination that links.
    TooLittle,
    /// Its provider had no number to put a pseudonym in place of.
    NoNumberAtSource,
    /// It carries a traced NHS number that is not its person's.
    WrongNumber,
    /// No combination that links is equal to another row's of the person.
    NothingInCommon,
}

/// A rung that links by equal fields, and what must not contradict it besides.
struct Key {
    fields: &'static [&'static [Field]],
    guard: Guard,
}

#[derive(Clone, Copy, PartialEq)]
enum Guard {
    None,
    Sex,
    Names,
    BirthAndNames,
}

use Field::{
    Birth, BirthDay, BirthMonth, BirthSwapped, BirthYear, Family, FamilySound, Given, GivenInitial,
    GivenSound, House, Local, Nhs, Outcode, Postcode, Sex,
};

/// Local id, then exact combinations of names, birth date, sex and address, the surest first.
#[rustfmt::skip]
const KEYS: [Key; 13] = [
    Key { fields: &[&[Local]], guard: Guard::BirthAndNames },
    Key { fields: &[&[Family, Given, Birth, Sex]], guard: Guard::None },
    Key { fields: &[&[Family, Given, Birth, Postcode]], guard: Guard::None },
    Key { fields: &[&[Given, Birth, Sex, Postcode]], guard: Guard::None },
    Key { fields: &[&[FamilySound, GivenInitial, Birth, Postcode]], guard: Guard::Sex },
    Key { fields: &[&[FamilySound, GivenSound, Birth, Sex]], guard: Guard::None },
    Key { fields: &[&[Family, Given, Birth, Postcode], &[Family, Given, BirthSwapped, Postcode]], guard: Guard::Sex },
    Key { fields: &[&[Family, Given, Postcode, House, BirthYear, BirthMonth]], guard: Guard::Sex },
    Key { fields: &[&[Family, Given, Postcode, House, BirthYear, BirthDay]], guard: Guard::Sex },
    Key { fields: &[&[Family, Given, Postcode, House, BirthMonth, BirthDay]], guard: Guard::Sex },
    Key { fields: &[&[Family, Given, Birth], &[Given, Family, Birth]], guard: Guard::Sex },
    Key { fields: &[&[Birth, Sex, Postcode, House]], guard: Guard::Names },
    Key { fields: &[&[Birth, Sex, Postcode]], guard: Guard::Names },
];

/// Clusters of identities.
struct Clusters<'a> {
    identities: &'a [Values],
    of: Vec<usize>,
    members: Vec<Vec<usize>>,
    /// The trusted number of a cluster and how many of its identities carry it.
    number: Vec<(u32, usize)>,
    /// Identities that bear one number and are strangers.
    strangers: BTreeSet<(usize, usize)>,
}

impl Clusters<'_> {
    fn differ_in_number(&self, a: usize, b: usize) -> bool {
        let (a, b) = (self.number[a].0, self.number[b].0);
        a != 0 && b != 0 && a != b
    }

    fn exclude(&self, a: usize, b: usize, guard: Guard) -> bool {
        let pairs = || {
            self.members[a].iter().flat_map(move |a| self.members[b].iter().map(move |b| (*a, *b)))
        };
        let best = |says: &dyn Fn(&Values, &Values) -> Says| {
            pairs().fold(Says::Nothing, |best, (a, b)| {
                best.or(says(&self.identities[a], &self.identities[b]))
            })
        };
        let birth = |a: &Values, b: &Values| match births(a, b) {
            Births::Same | Births::Partly => Says::Same,
            Births::Other => Says::Other,
            Births::Unknown => Says::Nothing,
        };
        let any_given = |a: &Values, b: &Values| given(a, b).or(field(a, b, GivenInitial));
        let names = |a: &Values, b: &Values| {
            if a_name_is_same(a, b) {
                Says::Same
            } else if names_differ(a, b) {
                Says::Other
            } else {
                any_given(a, b)
            }
        };
        self.differ_in_number(a, b)
            || pairs().any(|(a, b)| self.strangers.contains(&(a.min(b), a.max(b))))
            || match guard {
                Guard::None => false,
                Guard::Sex => best(&|a, b| field(a, b, Sex)) == Says::Other,
                Guard::Names => match best(&any_given) {
                    Says::Same => false,
                    Says::Other => true,
                    Says::Nothing => best(&family) == Says::Other,
                },
                Guard::BirthAndNames => best(&birth) == Says::Other && best(&names) == Says::Other,
            }
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.of[a], self.of[b]);
        if a == b || self.exclude(a, b, Guard::None) {
            return;
        }
        let (a, b) = (a.min(b), a.max(b));
        let moved = std::mem::take(&mut self.members[b]);
        for identity in &moved {
            self.of[*identity] = a;
        }
        self.members[a].extend(moved);
        let (first, second) = (self.number[a], self.number[b]);
        self.number[a] =
            if first.0 == second.0 { (first.0, first.1 + second.1) } else { first.max(second) };
        if first.0 == 0 || second.0 == 0 {
            self.number[a] = if first.0 == 0 { second } else { first };
        }
    }
}

/// Links all accepted rows; `weighed` are those that step 6 placed.
pub(crate) fn link(
    extracts: &Extracts,
    superseded: &[(String, String)],
    weighed: &Weighed,
) -> Linkage {
    let mut numbering = Numbering::default();
    let mut places: HashMap<Values, usize> = HashMap::new();
    let (mut identities, mut traced): (Vec<Values>, Vec<bool>) = (Vec::new(), Vec::new());
    let mut of_row = Vec::with_capacity(extracts.rows.len());
    for row in &extracts.rows {
        let known = (row.fate == Fate::Accepted).then(|| numbering.identity(row)).flatten();
        of_row.push(known.map(|(values, is_traced)| {
            let place = *places.entry(values).or_insert_with(|| {
                identities.push(values);
                traced.push(false);
                identities.len() - 1
            });
            traced[place] |= is_traced;
            place
        }));
    }
    let successors: HashMap<u32, u32> = superseded
        .iter()
        .filter_map(|(old, new)| Some((numbering.nhs(old)?, numbering.nhs(new)?)))
        .collect();
    let named = pseudonyms(extracts, superseded, &successors, &mut numbering);
    let present: Vec<u32> = identities
        .iter()
        .map(|values| {
            successors.get(&values[Nhs as usize]).copied().unwrap_or(values[Nhs as usize])
        })
        .collect();
    let mut clusters = Clusters {
        identities: &identities,
        of: (0..identities.len()).collect(),
        members: (0..identities.len()).map(|at| vec![at]).collect(),
        number: (0..identities.len())
            .map(|at| if traced[at] { (present[at], 1) } else { (0, 0) })
            .collect(),
        strangers: BTreeSet::new(),
    };
    let displaced = by_number(&mut clusters, &present, &traced);
    let shadows = shadows(&clusters);
    by_pseudonym(&mut clusters, &present, &named);
    let mut doubts: BTreeMap<usize, usize> = BTreeMap::new();
    for key in &KEYS {
        by_key(&mut clusters, key, &shadows, &mut doubts);
    }
    let alone = by_weight(extracts, &of_row, &mut clusters, weighed);
    let told = Told { present: &present, traced: &traced, alone: &alone };
    let mut linkage = summarise(extracts, &of_row, &clusters, &told, &displaced, &doubts);
    let of_feed = |at: &usize| extracts.rows[*at].feed == PSEUDONYMISED.0;
    let is_named = |identity: usize| named.contains_key(&identities[identity][Local as usize]);
    let is_unnamed = |at: &usize| of_row[*at].is_some_and(|identity| !is_named(identity));
    linkage.unnamed = (0..of_row.len()).filter(of_feed).filter(is_unnamed).collect();
    linkage
}

/// Step 6: rows that it linked go to their true person; gives the identities that it found to say enough.
fn by_weight(
    extracts: &Extracts,
    of_row: &[Option<usize>],
    clusters: &mut Clusters,
    weighed: &Weighed,
) -> BTreeSet<usize> {
    // Where a person is known by: the registration list, or else whatever rows they have most of.
    let mut homes: HashMap<&str, BTreeMap<usize, [usize; 2]>> = HashMap::new();
    for (row, identity) in extracts.rows.iter().zip(of_row) {
        if let Some(identity) = identity {
            let home = homes.entry(&row.person).or_default();
            let support = home.entry(clusters.of[*identity]).or_default();
            support[0] += usize::from(row.feed == "gp_registration");
            support[1] += 1;
        }
    }
    let mut alone = BTreeSet::new();
    for (row, identity) in extracts.rows.iter().zip(of_row) {
        let standing = weighed.get(&(row.file.to_string(), row.line));
        let (Some(identity), Some(standing)) = (*identity, standing) else { continue };
        match standing {
            Standing::Alone => drop(alone.insert(identity)),
            Standing::Linked => {
                let best = homes[row.person.as_str()].iter().max_by_key(|(_, support)| **support);
                let (home, _) = best.expect("the row itself is one of theirs");
                let member = clusters.members[clusters.of[*home]].first().copied();
                clusters.join(member.expect("a cluster has members"), identity);
            }
        }
    }
    alone
}

/// What identities say of themselves.
struct Told<'a> {
    present: &'a [u32],
    traced: &'a [bool],
    alone: &'a BTreeSet<usize>,
}

/// The feed that comes with pseudonyms in place of persons, and who sends it.
const PSEUDONYMISED: (&str, &str) = ("iapt", "RGD");

/// Each pseudonym of a number of the registration list, or of one that was superseded, with the number
/// that its bearer has now.
fn pseudonyms(
    extracts: &Extracts,
    superseded: &[(String, String)],
    successors: &HashMap<u32, u32>,
    numbering: &mut Numbering,
) -> BTreeMap<u32, u32> {
    let made = Pseudonyms::of(PSEUDONYMISED.0, PSEUDONYMISED.1);
    let listed = extracts.rows.iter().filter(|row| row.feed == "gp_registration");
    let listed = listed.map(|row| row.text("NhsNumber"));
    let texts = listed.chain(superseded.iter().flat_map(|(old, new)| [old.as_str(), new]));
    let pair = |text: &str| {
        let number = numbering.nhs(text)?;
        let now = successors.get(&number).copied().unwrap_or(number);
        Some((numbering.pseudonym(&made, text)?, now))
    };
    texts.filter_map(pair).collect()
}

/// Step 3x: rows with a pseudonym are those of the person whose number it stands for.
fn by_pseudonym(clusters: &mut Clusters, present: &[u32], pseudonyms: &BTreeMap<u32, u32>) {
    let mut bearers: HashMap<u32, Vec<usize>> = HashMap::new();
    for (at, number) in present.iter().enumerate() {
        bearers.entry(*number).or_default().push(at);
    }
    let sent = sharing(clusters.identities, &[Local]);
    for (pseudonym, number) in pseudonyms {
        let bearers = bearers.get(number).into_iter().flatten().copied();
        let (trusted, others): (Vec<usize>, Vec<usize>) =
            bearers.partition(|at| clusters.number[clusters.of[*at]].0 == *number);
        let mut bearers = if trusted.is_empty() { others } else { trusted };
        // Who tells nothing but the number is not taken for a second person.
        let says_who = |at: &usize| {
            [BirthYear, Family, Given].iter().any(|f| clusters.identities[*at][*f as usize] != 0)
        };
        if bearers.iter().any(says_who) {
            bearers.retain(says_who);
        }
        let holders: BTreeSet<usize> = bearers.iter().map(|at| clusters.of[*at]).collect();
        let (Some(first), 1) = (bearers.first(), holders.len()) else { continue };
        for at in sent.get([*pseudonym].as_slice()).into_iter().flatten() {
            clusters.join(*first, *at);
        }
    }
}

/// Steps 1 to 3: a number links two identities only with birth date, or part of it and a name or
/// place. Gives identities whose number is somebody else's, with the size of their cluster.
fn by_number(clusters: &mut Clusters, present: &[u32], traced: &[bool]) -> BTreeMap<usize, usize> {
    let mut bearers: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, number) in present.iter().enumerate().filter(|(_, number)| **number != 0) {
        bearers.entry(*number).or_default().push(at);
    }
    let mut displaced = BTreeMap::new();
    for rows in bearers.values() {
        let mut same = Vec::new();
        for (at, a) in rows.iter().enumerate() {
            for b in &rows[at + 1..] {
                let (x, y) = (&clusters.identities[*a], &clusters.identities[*b]);
                let both_names = family(x, y) == Says::Same && given(x, y) == Says::Same;
                let a_name = a_name_is_same(x, y);
                let is_superseded = usize::from(field(x, y, Nhs) != Says::Same);
                let place = |place| field(x, y, place) == Says::Same;
                match births(x, y) {
                    Births::Same => same.push((2 * is_superseded, *a, *b)),
                    Births::Partly if a_name || place(Outcode) => {
                        same.push((1 + is_superseded, *a, *b));
                    }
                    Births::Unknown if both_names || place(Postcode) => {
                        same.push((1 + is_superseded, *a, *b));
                    }
                    Births::Other if both_names => same.push((1 + is_superseded, *a, *b)),
                    Births::Other if names_differ(x, y) => {
                        clusters.strangers.insert((*a.min(b), *a.max(b)));
                    }
                    _ => {}
                }
            }
        }
        same.sort_unstable();
        for (_, a, b) in same {
            clusters.join(a, b);
        }
        displaced.extend(displaced_of(clusters, rows, traced));
    }
    displaced
}

/// The bearers of a number who are strangers to its holder: the people with most traced rows.
fn displaced_of(clusters: &Clusters, rows: &[usize], traced: &[bool]) -> Vec<(usize, usize)> {
    let of_number: BTreeSet<usize> = rows.iter().copied().collect();
    let in_conflict: BTreeSet<usize> = clusters
        .strangers
        .iter()
        .filter(|(a, b)| of_number.contains(a) && of_number.contains(b))
        .flat_map(|(a, b)| [clusters.of[*a], clusters.of[*b]])
        .collect();
    let support = |people: &usize| {
        let members = &clusters.members[*people];
        (members.iter().filter(|row| traced[**row]).count(), members.len())
    };
    let best = in_conflict.iter().map(support).max();
    let holders: Vec<_> = in_conflict.iter().filter(|p| Some(support(p)) == best).collect();
    let holder = if let [holder] = holders[..] { Some(*holder) } else { None };
    in_conflict
        .iter()
        .filter(|people| Some(**people) != holder)
        .flat_map(|people| {
            let members = &clusters.members[*people];
            members.iter().map(|row| (*row, members.len()))
        })
        .collect()
}

/// Numbers that one identity alone carries, while names and birth date, or local id and birth date,
/// are those of somebody with a number that several carry: that number.
fn shadows(clusters: &Clusters) -> BTreeMap<u32, u32> {
    let mut found: BTreeMap<u32, BTreeSet<(usize, u32)>> = BTreeMap::new();
    for fields in [&[Family, Given, Birth][..], &[Local, Birth][..]] {
        for rows in sharing(clusters.identities, fields).values() {
            let carriers = |row: &usize| clusters.number[clusters.of[*row]];
            let numbered = || rows.iter().filter(|row| carriers(row).1 > 0);
            for alone in numbered().filter(|row| carriers(row).1 == 1) {
                for other in numbered().filter(|row| carriers(row).1 > 1) {
                    found.entry(carriers(alone).0).or_default().insert((*alone, carriers(other).0));
                }
            }
        }
    }
    let single = |(number, seen): (u32, BTreeSet<(usize, u32)>)| {
        let first = *seen.first().expect("one");
        (seen.len() == 1).then_some((number, first.1))
    };
    found.into_iter().filter_map(single).collect()
}

/// Identities by the values of fields that they all have.
fn sharing(identities: &[Values], fields: &[Field]) -> HashMap<Vec<u32>, Vec<usize>> {
    let mut groups: HashMap<Vec<u32>, Vec<usize>> = HashMap::new();
    for (at, values) in identities.iter().enumerate() {
        let key: Vec<u32> = fields.iter().map(|field| values[*field as usize]).collect();
        if !key.contains(&0) {
            groups.entry(key).or_default().push(at);
        }
    }
    groups
}

/// Steps 4 and 5: clusters that share a key's value are one, unless two of them exclude each other.
fn by_key(
    clusters: &mut Clusters,
    key: &Key,
    shadows: &BTreeMap<u32, u32>,
    doubts: &mut BTreeMap<usize, usize>,
) {
    let mut groups: HashMap<Vec<u32>, BTreeSet<usize>> = HashMap::new();
    for fields in key.fields {
        for (value, rows) in sharing(clusters.identities, fields) {
            groups.entry(value).or_default().extend(rows.iter().map(|row| clusters.of[*row]));
        }
    }
    let mut near: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for group in groups.values() {
        for a in group {
            for b in group.range(a + 1..) {
                if !clusters.exclude(*a, *b, key.guard) {
                    near.entry(*a).or_default().insert(*b);
                    near.entry(*b).or_default().insert(*a);
                }
            }
        }
    }
    let any_excluded = |group: &[usize]| {
        let pairs = group
            .iter()
            .enumerate()
            .flat_map(|(at, a)| group[at + 1..].iter().map(move |b| (*a, *b)));
        pairs.into_iter().any(|(a, b)| clusters.exclude(a, b, key.guard))
    };
    let number = |cluster: usize| clusters.number[cluster];
    let mut in_doubt: BTreeSet<usize> = BTreeSet::new();
    let mut keeps: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (cluster, others) in &near {
        let outshone = |one: usize| {
            number(one).1 == 1
                && others.iter().any(|other| {
                    number(*other).0 != 0 && shadows.get(&number(one).0) == Some(&number(*other).0)
                })
        };
        let kept: Vec<usize> = others.iter().copied().filter(|one| !outshone(*one)).collect();
        if any_excluded(&kept) {
            // Who has a trusted number is a candidate of others, not in doubt.
            let unnumbered = others.iter().chain([cluster]).filter(|one| number(**one).0 == 0);
            if number(*cluster).0 == 0 {
                in_doubt.insert(*cluster);
            } else {
                in_doubt.extend(unnumbered);
            }
        } else {
            keeps.insert(*cluster, kept);
        }
    }
    let mut seen = BTreeSet::new();
    let mut joins = Vec::new();
    for start in keeps.keys() {
        let (mut group, mut open) = (Vec::new(), vec![*start]);
        while let Some(at) = open.pop() {
            if seen.insert(at) {
                group.push(at);
                let mutual = |other: &&usize| keeps.get(*other).is_some_and(|k| k.contains(&at));
                open.extend(keeps[&at].iter().filter(mutual));
            }
        }
        if group.len() > 1 && any_excluded(&group) {
            in_doubt.extend(group.iter().filter(|one| number(**one).0 == 0));
        } else {
            joins.extend(group.windows(2).map(|pair| (pair[0], pair[1])));
        }
    }
    let sizes: Vec<(usize, usize)> = in_doubt
        .into_iter()
        .map(|cluster| (clusters.members[cluster][0], clusters.members[cluster].len()))
        .collect();
    doubts.extend(sizes);
    for (a, b) in joins {
        clusters.join(a, b);
    }
}

fn summarise(
    extracts: &Extracts,
    of_row: &[Option<usize>],
    clusters: &Clusters,
    Told { present, traced, alone }: &Told,
    displaced: &BTreeMap<usize, usize>,
    doubts: &BTreeMap<usize, usize>,
) -> Linkage {
    let in_doubt: BTreeMap<usize, usize> =
        doubts.iter().map(|(row, size)| (clusters.of[*row], *size)).collect();
    let has_enough = |at: usize| {
        let values = &clusters.identities[at];
        present[at] != 0
            || alone.contains(&at)
            || KEYS
                .iter()
                .flat_map(|key| key.fields)
                .any(|fields| fields.iter().all(|field| values[*field as usize] != 0))
    };
    let mut votes: BTreeMap<usize, BTreeMap<&str, [usize; 2]>> = BTreeMap::new();
    let mut by_feed: BTreeMap<&'static str, [usize; 3]> = BTreeMap::new();
    let mut cluster = vec![None; of_row.len()];
    for (at, row) in extracts.rows.iter().enumerate() {
        let Some(identity) = of_row[at] else { continue };
        let root = clusters.of[identity];
        let size = clusters.members[root].len();
        let counts = by_feed.entry(row.feed).or_default();
        counts[0] += 1;
        if size == 1 && !has_enough(identity) {
            counts[2] += 1;
            continue;
        }
        let is_displaced =
            displaced.get(&identity).is_some_and(|then| traced[identity] || size <= *then);
        let is_doubtful = in_doubt.get(&root).is_some_and(|then| size <= *then);
        counts[1] += usize::from(size > 1 && !is_displaced && !is_doubtful);
        cluster[at] = Some(root);
        let vote = votes.entry(root).or_default().entry(&row.person).or_default();
        vote[0] += usize::from(row.feed == "gp_registration");
        vote[1] += 1;
    }
    // The cluster of a person is the one with most lines of the registration list, then rows.
    let mut best: BTreeMap<&str, ([usize; 2], usize)> = BTreeMap::new();
    for (root, people) in &votes {
        assert_eq!(people.len(), 1, "rows of {:?} are linked together", people.keys());
        for (person, support) in people {
            let new = (*support, *root);
            let kept = best.entry(person).or_insert(new);
            *kept = (*kept).max(new);
        }
    }
    let own: BTreeMap<&str, u32> =
        best.iter().map(|(person, (_, root))| (*person, clusters.number[*root].0)).collect();
    let has_wrong_number = |at: &usize| {
        let number = of_row[*at].filter(|row| traced[*row]).map(|row| present[row]);
        number.is_some_and(|number| Some(&number) != own.get(extracts.rows[*at].person.as_str()))
    };
    let wrong_number = (0..of_row.len()).filter(has_wrong_number).collect();
    let unnamed = BTreeSet::new();
    let person: HashMap<usize, String> =
        best.into_iter().map(|(person, (_, root))| (root, person.to_owned())).collect();
    let strangers = cluster.iter().flatten().filter(|root| !person.contains_key(root));
    let strangers = strangers.map(|root| (*root, format!("?{root}"))).collect();
    Linkage { cluster, person, strangers, wrong_number, unnamed, by_feed }
}
