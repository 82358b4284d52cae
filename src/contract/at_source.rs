//! What a feed looks like when its provider has put pseudonyms in place of persons: which of its
//! columns go on, as what, and the contract of the files that come of it.

use super::column::{Kind, Role};
use super::{Contract, Fate, FeedKind};

/// The header of the column that tells persons apart.
const PSEUDONYM: &str = "Pseudonym";
const BIRTH_MONTH: &str = "Birth Month";
const LSOA: &str = "LSOA";
const AGE: &str = "Age At Event";

/// What becomes of a column before a file leaves its provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Becomes {
    /// It goes as it was sent.
    AsSent,
    /// The pseudonym, of the NHS number or else of the provider's own id.
    Pseudonym,
    /// A keyed hash of the row's key.
    RowKey,
    /// The month of birth.
    BirthMonth,
    /// The small area that the postcode lies in.
    Lsoa,
    /// Nothing: it stays with the provider.
    Nothing,
}

/// A feed's files as they leave a provider that pseudonymises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtSource {
    /// The contract under which the hub takes them in.
    pub contract: String,
    /// What becomes of each column of the feed's own contract, in its order.
    pub columns: Vec<Becomes>,
    /// The headers of what goes on, in that order; the age at the event, if it is told, last.
    pub header: Vec<String>,
    /// Whether the age at the event is told in place of the birth date.
    pub tells_age: bool,
    /// Rules that cannot be held against what is left.
    pub unchecked: Vec<String>,
}

impl Contract {
    /// The feed as it leaves its provider with this issuer's pseudonyms under the key with this id; with
    /// small areas in place of postcodes if the provider can look them up.
    ///
    /// # Errors
    /// Why the feed cannot be pseudonymised at its source.
    pub fn at_source(
        &self,
        issuer: &str,
        key_id: &str,
        knows_places: bool,
    ) -> Result<AtSource, String> {
        let columns = self.become_at_source(knows_places)?;
        let tells_age = self.tells_age_at_source();
        let going =
            self.columns.iter().zip(&columns).filter(|(column, becomes)| {
                **becomes != Becomes::Nothing && column.derived.is_none()
            });
        let mut header: Vec<String> =
            going.map(|(column, becomes)| name_of(&column.name, *becomes)).collect();
        header.extend(tells_age.then(|| AGE.to_owned()));
        let text = std::fs::read_to_string(&self.path)
            .map_err(|error| format!("cannot be read: {error}"))?;
        let table: toml::Table = text.parse().map_err(|_| "is no TOML".to_owned())?;
        let made = Made { contract: self, columns: &columns, tells_age };
        let (contract, unchecked) = made.contract(table, issuer, key_id)?;
        Ok(AtSource { contract, columns, header, tells_age, unchecked })
    }

    /// Whether a row must not leave: a filter holds of a column that does not.
    #[must_use]
    pub fn stays_at_source(&self, columns: &[Becomes], checked: &super::Checked) -> Vec<bool> {
        let mut stays = vec![false; checked.fates.len()];
        for fault in checked.faults.iter().filter(|fault| fault.rule == super::Rule::Filtered) {
            let column = fault.column.map(|column| columns[usize::from(column)]);
            if column.is_some_and(|becomes| becomes != Becomes::AsSent) {
                let row = fault.row as usize;
                stays[row] = checked.fates[row] == Fate::Filtered;
            }
        }
        stays
    }

    fn become_at_source(&self, knows_places: bool) -> Result<Vec<Becomes>, String> {
        if self.kind != FeedKind::Person {
            return Err("its rows are about nobody".to_owned());
        }
        if self.column_of(Role::Pseudonym).is_some() {
            return Err("it has pseudonyms already".to_owned());
        }
        let telling = self.column_of(Role::NhsNumber).or(self.column_of(Role::LocalId));
        let Some(telling) = telling else {
            return Err("it has neither an NHS number nor an id of the provider's".to_owned());
        };
        let has_area = !knows_places || self.column_of(Role::Lsoa).is_some();
        let becomes = self.columns.iter().enumerate().map(|(i, column)| match column.role {
            _ if column.is_dropped => Becomes::Nothing,
            _ if i == telling => Becomes::Pseudonym,
            Some(
                Role::NhsNumber
                | Role::LocalId
                | Role::FamilyName
                | Role::GivenName
                | Role::House
                | Role::AddressLine
                | Role::Locality
                | Role::Region
                | Role::Telephone,
            ) => Becomes::Nothing,
            Some(Role::Postcode) if has_area => Becomes::Nothing,
            Some(Role::Postcode) => Becomes::Lsoa,
            Some(Role::BirthDate) => Becomes::BirthMonth,
            Some(Role::RowKey) => Becomes::RowKey,
            _ => Becomes::AsSent,
        });
        Ok(becomes.collect())
    }

    /// The age is told where both dates are known to the day and no column tells it.
    fn tells_age_at_source(&self) -> bool {
        let birth = self.column_of(Role::BirthDate).map(|i| &self.columns[i].kind);
        matches!(birth, Some(Kind::Date(_)))
            && self.column_of(Role::EventDate).is_some()
            && self.column_of(Role::Age).is_none()
    }
}

fn name_of(name: &str, becomes: Becomes) -> String {
    match becomes {
        Becomes::Pseudonym => PSEUDONYM,
        Becomes::BirthMonth => BIRTH_MONTH,
        Becomes::Lsoa => LSOA,
        Becomes::AsSent | Becomes::RowKey | Becomes::Nothing => name,
    }
    .to_owned()
}

/// A contract that is made of another.
struct Made<'a> {
    contract: &'a Contract,
    columns: &'a [Becomes],
    tells_age: bool,
}

/// How the files of the feed itself are written, and what only they have.
const OF_OTHER_FILES: [&str; 16] = [
    "column",
    "delimiter",
    "encoding",
    "footer",
    "header",
    "header_first_cell",
    "header_only",
    "header_rows",
    "key",
    "local_id_scope",
    "member",
    "names_row",
    "provider",
    "sheet",
    "skip_lines",
    "xml",
];

impl Made<'_> {
    fn contract(
        &self,
        mut table: toml::Table,
        issuer: &str,
        key_id: &str,
    ) -> Result<(String, Vec<String>), String> {
        let columns = self.columns_of(&table);
        for name in OF_OTHER_FILES {
            table.remove(name);
        }
        let unchecked = self.keep_rules(&mut table);
        self.keep_thresholds(&mut table, &unchecked);
        let text = |text: &str| toml::Value::String(text.to_owned());
        table.insert("delimiter".to_owned(), text(","));
        table.insert("issuer".to_owned(), text(issuer));
        table.insert("key_id".to_owned(), text(key_id));
        table.insert("key".to_owned(), toml::Value::Array(self.key()?));
        table.insert("column".to_owned(), toml::Value::Array(columns));
        let of_this_key = toml::Table::from_iter([
            ("name".to_owned(), text("pseudonym_of_this_key")),
            ("check".to_owned(), text(&format!("pseudonym like '{key_id}%'"))),
        ]);
        let rules = table.entry("rule").or_insert_with(|| toml::Value::Array(Vec::new()));
        if let Some(rules) = rules.as_array_mut() {
            rules.push(toml::Value::Table(of_this_key));
        }
        let made = toml::to_string(&table).map_err(|error| error.to_string())?;
        let heading = "#:schema ../../docs/contract.schema.json\n# Made by `hub pseudonymise`: the feed as \
                       it comes from a provider that puts pseudonyms in place of persons.\n";
        Ok((format!("{heading}{made}"), unchecked))
    }

    /// The declared columns with what is otherwise at the provider, as they go on.
    fn columns_of(&self, table: &toml::Table) -> Vec<toml::Value> {
        let declared = table.get("column").and_then(toml::Value::as_array);
        let declared = declared.into_iter().flatten().filter_map(toml::Value::as_table);
        let otherwise = self.contract.provider.as_ref().and_then(|code| {
            table.get("provider")?.get(code)?.get("column")?.as_array().map(Vec::as_slice)
        });
        let otherwise = otherwise.unwrap_or_default();
        let mut columns = Vec::new();
        for (column, becomes) in declared.zip(self.columns) {
            let mut column = column.clone();
            for other in otherwise.iter().filter_map(toml::Value::as_table) {
                if other.get("name").is_some_and(|name| Some(name) == column.get("name")) {
                    column.extend(other.clone());
                }
            }
            columns.extend(changed(column, *becomes).map(toml::Value::Table));
        }
        columns.extend(self.tells_age.then(|| toml::Value::Table(of_role(AGE, "age", "integer"))));
        columns
    }

    fn key(&self) -> Result<Vec<toml::Value>, String> {
        let mut names = Vec::new();
        for &i in &self.contract.key {
            let name = &self.contract.columns[i].name;
            let going = match (self.columns[i], self.contract.columns[i].role) {
                // Whoever has a pseudonym has it in place of both.
                (Becomes::Nothing, Some(Role::NhsNumber | Role::LocalId)) => PSEUDONYM.to_owned(),
                (Becomes::Nothing, _) => {
                    return Err(format!(
                        "its key needs `{name}`, which does not leave the provider"
                    ));
                }
                (becomes, _) => name_of(name, becomes),
            };
            if !names.contains(&going) {
                names.push(going);
            }
        }
        Ok(names.into_iter().map(toml::Value::String).collect())
    }

    /// Leaves the rules that what goes on can be held against; the names of the others.
    fn keep_rules(&self, table: &mut toml::Table) -> Vec<String> {
        let Some(rules) = table.get_mut("rule").and_then(toml::Value::as_array_mut) else {
            return Vec::new();
        };
        let mut unchecked = Vec::new();
        let mut declared = self.contract.rules.iter();
        rules.retain(|rule| {
            let text = |key| rule.get(key).and_then(toml::Value::as_str).unwrap_or_default();
            let reads = declared.next().map(|rule| rule.expression.columns()).unwrap_or_default();
            let is_kept = reads.iter().all(|i| match self.columns[*i] {
                Becomes::AsSent => true,
                // An event is not before the month of birth either.
                Becomes::BirthMonth => !text("check").contains("birth_date"),
                _ => false,
            });
            if !is_kept {
                unchecked.push(text("name").to_owned());
            }
            is_kept
        });
        unchecked
    }

    fn keep_thresholds(&self, table: &mut toml::Table, unchecked: &[String]) {
        let Some(all) = table.get_mut("threshold").and_then(toml::Value::as_array_mut) else {
            return;
        };
        let is_as_sent = |name: &str| {
            let place = self.contract.columns.iter().position(|column| column.name == name);
            place.is_some_and(|place| self.columns[place] == Becomes::AsSent)
        };
        all.retain(|one| {
            let text = |key| one.get(key).and_then(toml::Value::as_str);
            text("column").is_none_or(is_as_sent)
                && text("rule").is_none_or(|rule| !unchecked.iter().any(|gone| gone == rule))
        });
    }
}

/// A declared column as it goes on; `None` if it does not.
fn changed(mut column: toml::Table, becomes: Becomes) -> Option<toml::Table> {
    let mut made = match becomes {
        Becomes::Nothing => return None,
        Becomes::AsSent => {
            for of_other_files in ["aliases", "path", "join"] {
                column.remove(of_other_files);
            }
            return Some(column);
        }
        Becomes::Pseudonym => of_role(PSEUDONYM, "pseudonym", "code"),
        Becomes::RowKey => of_role(column.get("name")?.as_str()?, "row_key", "code"),
        Becomes::Lsoa => of_role(LSOA, "lsoa", "code"),
        Becomes::BirthMonth => {
            let mut month = of_role(BIRTH_MONTH, "birth_date", "month");
            month.insert("format".to_owned(), toml::Value::String("%Y-%m".to_owned()));
            month
        }
    };
    // A provider that cannot look an area up has none, and that refuses no row.
    if let (Some(required), false) = (column.remove("required"), becomes == Becomes::Lsoa) {
        made.insert("required".to_owned(), required);
    }
    Some(made)
}

fn of_role(name: &str, role: &str, kind: &str) -> toml::Table {
    [("name", name), ("role", role), ("type", kind)]
        .into_iter()
        .map(|(key, text)| (key.to_owned(), toml::Value::String(text.to_owned())))
        .collect()
}

#[cfg(test)]
mod tests;
