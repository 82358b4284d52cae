//! Short forms of given names: a table of them makes two forms a level of their own.

use std::collections::BTreeSet;

use crate::deliveries::City;
use crate::link_model::forms;
use crate::review::{city, deliver, set};
use crate::support::{run_pipeline, stderr, write};

const TABLE: &str = "[link]\nnicknames = \"nicknames.csv\"\n";
const WITH_NICKNAME: &str =
    "select count(*) from link.person_index where evidence like '%given name: nickname%'";

/// People who are William at one desk and Bill at another.
fn williams() -> Vec<String> {
    let letter = |n: usize| char::from(b"ABDEFGHJ"[n % 8]);
    let row = |k: usize, form: &str, given: &str| {
        let family: String = [k, k / 8, k + 3, k * 5 + 1, k / 3].map(letter).iter().collect();
        let born = format!("{}-{:02}-{:02}", 1921 + k * 7 % 71, 1 + k % 12, 1 + k * 5 % 28);
        let home = format!("LS{} {}{}{}", 1 + k % 20, k % 10, letter(k), letter(k + 1));
        format!("w{k}{form},,{family}SON,{given},{born},1,{home}")
    };
    (0..60).flat_map(|k| [row(k, "", "William"), row(k, "b", "Bill")]).collect()
}

fn identities(city: &City) -> BTreeSet<String> {
    let ids = city.query("select identity_id from record.visit where visit_key not like 'w%'");
    ids.split(' ').map(str::to_owned).collect()
}

#[test]
fn short_forms_are_a_level_of_their_own_once_a_table_is_named_and_persons_keep_their_ids() {
    let city = city(&forms(1..700), "");
    deliver(&city, "b.csv", &williams());
    city.run();
    assert_eq!(city.query(WITH_NICKNAME), "0");
    let persons =
        "select visit_key, person_id from core.visit where visit_key not like 'w%' order by 1";
    let before = (identities(&city), city.query(persons));

    write(&city.path().join("nicknames.csv"), "name,canonical\nBill,William\n");
    set(&city, TABLE);
    city.run();
    assert_eq!(city.query(WITH_NICKNAME), "120", "both forms of sixty people");
    assert_eq!(identities(&city), before.0, "who is not in the table is encoded as before");
    assert_eq!(city.query(persons), before.1);

    // Another table is another recipe: nobody has these names.
    write(&city.path().join("nicknames.csv"), "name,canonical\nBob,Robert\n");
    city.run();
    assert_eq!(city.query(WITH_NICKNAME), "0");
    write(&city.path().join("nicknames.csv"), "name,canonical\nBill,William\nBill,Wilhelm\n");
    let output = run_pipeline(&city.path().join("p.toml"), city.path(), &[]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("nicknames.csv: line 3: a name and its"),
        "{}",
        stderr(&output)
    );
}
