//! What an encoder keeps of a person, and what of nobody.

use jiff::civil::date;

use super::*;

fn encoder(numbers: NumberPolicy) -> Encoder {
    let key = MasterKey::from_hex("00f1".repeat(16).as_bytes(), "a test").unwrap();
    Encoder::new(&key, "commissioning", numbers)
}

fn encode(row: &Identifiers<'_>) -> (Encoded, Tokens) {
    encoder(NumberPolicy::Test).encode(row, &Places::default())
}

fn person() -> Identifiers<'static> {
    Identifiers {
        nhs_number: Some("999 000 0018"),
        is_traced: true,
        local_id_scope: "apc",
        provider: Some("RR8"),
        local_id: Some("a123"),
        issuer: "",
        issuer_key: "",
        pseudonym: None,
        family_name: Some("O'Brien"),
        given_name: Some("Zoë"),
        birth: Some(date(1950, 3, 2)),
        is_birth_month_only: false,
        sex: Some("female"),
        postcode: Some("LS1 4AP"),
        house: Some("Flat 2, 14"),
        address_lines: [Some("Stanley St"), Some("Winston Hills"), None, None],
        locality: Some("Leeds"),
        region: Some("West Yorkshire"),
        telephone: Some("0113 496 0123"),
        postcode_shape: &PostcodeShape::Uk,
    }
}

#[test]
fn spellings_of_one_person_give_one_identity() {
    let other = Identifiers {
        nhs_number: Some("9990000018"),
        local_id: Some("A123"),
        family_name: Some("OBRIEN"),
        given_name: Some("ZOE"),
        postcode: Some("ls14ap"),
        house: Some("2/14"),
        address_lines: [Some("STANLEY STREET"), Some("winston-hills"), None, None],
        telephone: Some("+44 113 4960123"),
        ..person()
    };
    assert_eq!(encode(&person()), encode(&other));
    assert!(encode(&person()).0.household.is_some());
}

#[test]
fn every_field_alone_changes_the_identity() {
    let p = person();
    let others = [
        Identifiers { nhs_number: Some("9990000026"), ..p },
        Identifiers { local_id: None, ..p },
        Identifiers { local_id_scope: "op", ..p },
        Identifiers { provider: Some("RCF"), ..p },
        Identifiers { family_name: Some("Brien"), ..p },
        Identifiers { given_name: Some("Zoey"), ..p },
        Identifiers { birth: Some(date(1950, 2, 3)), ..p },
        Identifiers { is_birth_month_only: true, ..p },
        Identifiers { sex: None, ..p },
        Identifiers { postcode: Some("LS1 4AQ"), ..p },
        Identifiers { house: Some("14"), ..p },
        Identifiers { given_name: Some("Zoë Ann"), ..p },
        Identifiers { address_lines: [Some("Stanley St"), None, None, None], ..p },
        Identifiers { address_lines: [Some("Stamley St"), p.address_lines[1], None, None], ..p },
        Identifiers { locality: None, ..p },
        Identifiers { region: Some("Kent"), ..p },
        Identifiers { telephone: Some("0113 496 0124"), ..p },
    ];
    let mut ids: Vec<_> = others.iter().map(|other| encode(other).0.identity_id).collect();
    ids.push(encode(&p).0.identity_id);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), others.len() + 1);
}

#[test]
fn names_of_a_table_have_a_token_of_their_form_and_all_others_are_as_without_it() {
    let pairs = [["Bill", "William"], ["Liam", "William"]].map(|pair| pair.map(str::to_owned));
    let table = Nicknames::of(&pairs).unwrap_or_else(|at| panic!("pair {at}"));
    let knowing = encoder(NumberPolicy::Test).knowing(table);
    let named = |name| Identifiers { given_name: Some(name), ..person() };
    let with = |name| knowing.encode(&named(name), &Places::default());
    let [bill, william, zoe] = ["Bill", "WILLIAM", "Zoë"].map(|name| with(name).1);
    assert!(bill.get("nickname").is_some() && bill.get("nickname") == william.get("nickname"));
    assert_ne!(bill.get("nickname"), bill.get("given"));
    assert_ne!(william.get("nickname"), william.get("given"), "another key");
    assert_eq!(zoe.get("nickname"), None);
    assert_eq!(with("Zoë"), encode(&named("Zoë")), "who is not in the table");
    assert_eq!(encode(&named("Bill")).1.get("nickname"), None, "without a table");
}

#[test]
fn who_was_forgotten_is_known_with_and_without_a_table_of_nicknames() {
    let table = Nicknames::of(&[["Bill", "William"].map(str::to_owned)])
        .unwrap_or_else(|at| panic!("pair {at}"));
    // Known by the identity alone: neither number nor local id, no postcode.
    let bill = Identifiers {
        given_name: Some("Bill"),
        nhs_number: None,
        local_id: None,
        postcode: None,
        ..person()
    };
    let make = |has_table: bool| {
        let encoder = encoder(NumberPolicy::Test);
        if has_table { encoder.knowing(table.clone()) } else { encoder }
    };
    for has_table in [false, true] {
        let (_, tokens) = make(has_table).encode(&bill, &Places::default());
        let marks = make(has_table).marks_of(&[], &[tokens]);
        let later = make(!has_table).forgetting(marks);
        assert!(later.encode(&bill, &Places::default()).0.is_forgotten, "{has_table}");
    }
}

#[test]
fn swapped_birth_dates_meet() {
    let (_, one) = encode(&person());
    let (_, other) = encode(&Identifiers { birth: Some(date(1950, 2, 3)), ..person() });
    assert_eq!(one.get("birth"), other.get("birth_swapped"));
    assert_eq!(one.get("birth_swapped"), other.get("birth"));
    let (_, late) = encode(&Identifiers { birth: Some(date(1950, 3, 13)), ..person() });
    assert_eq!(late.get("birth_swapped"), None);
}

#[test]
fn swapped_names_meet_and_a_second_name_meets_the_first() {
    let (_, one) = encode(&person());
    let swapped = Identifiers {
        family_name: person().given_name,
        given_name: person().family_name,
        ..person()
    };
    let (_, other) = encode(&swapped);
    for [family, given] in
        [["family", "given"], ["family_sound", "given_sound"], ["family_sound2", "given_sound2"]]
    {
        assert!(one.get(family).is_some() && one.get(family) == other.get(given), "{family}");
        assert_eq!(one.get(given), other.get(family), "{given}");
    }
    let (_, second) = encode(&Identifiers { given_name: Some("Ann Zoe"), ..person() });
    assert_eq!(second.get("given2"), one.get("given"));
}

#[test]
fn the_house_may_stand_before_the_street() {
    let lines = [Some("Flat 2"), Some("14 Stanley Street"), Some("Winston Hills"), None];
    let (_, tokens) = encode(&Identifiers { house: None, address_lines: lines, ..person() });
    let (_, expected) = encode(&person());
    for column in ["house", "street", "extra"] {
        assert_eq!(tokens.get(column), expected.get(column), "{column}");
    }
}

#[test]
fn a_postcode_of_another_shape_has_a_token_its_district_and_no_place() {
    let shape: PostcodeShape = "digits4".parse().unwrap();
    let abroad = Identifiers { postcode: Some("4223"), ..person() };
    let (encoded, tokens) = encode(&abroad);
    assert!(encoded.is_postcode_malformed && tokens.get("postcode").is_none());
    let abroad = Identifiers { postcode_shape: &shape, ..abroad };
    let (encoded, tokens) = encode(&abroad);
    assert!(!encoded.is_postcode_malformed && encoded.place.is_none());
    assert!(encoded.household.is_some());
    let (_, near) = encode(&Identifiers { postcode: Some("4299"), ..abroad });
    assert_ne!(tokens.get("postcode"), near.get("postcode"));
    assert_eq!(tokens.get("outcode"), near.get("outcode"));
}

#[test]
fn a_row_without_new_fields_has_the_message_that_it_always_had() {
    let plain = Identifiers {
        nhs_number: Some("9990000018"),
        birth: Some(date(1950, 3, 2)),
        sex: Some("male"),
        ..Identifiers::default()
    };
    // Sixteen tokens, in the order of the columns that there always were; 0 where missing.
    let (_, tokens) = encode(&plain);
    let always: Vec<u8> =
        tokens.columns().take(16).flat_map(|(_, t)| t.unwrap_or(0).to_be_bytes()).collect();
    assert_eq!(tokens.message(), always);
    let (_, named) = encode(&Identifiers { telephone: Some("0113 496 0123"), ..plain });
    assert_eq!(named.message().len(), always.len() + 9);
}

#[test]
fn each_distinct_value_has_one_filter_and_known_ones_are_not_made_again() {
    let encoder = encoder(NumberPolicy::Test);
    let (_, tokens, values) = encoder.encode_values(&person(), &Places::default());
    let mut known = std::collections::HashSet::new();
    let filters = encoder.filters(&values, &tokens, |field, token| !known.insert((field, token)));
    // Family and given name, street and other line, locality, postcode, birth date and its swap.
    assert_eq!(filters.len(), 8);
    let named: BTreeSet<_> = filters.iter().map(|filter| (filter.field, filter.token)).collect();
    assert_eq!(named, tokens.filtered().collect());
    assert!(
        encoder
            .filters(&values, &tokens, |field, token| known.contains(&(field, token)))
            .is_empty()
    );
    // Given and family name of one spelling share their filter.
    let twice = Identifiers { given_name: Some("Obrien"), ..Identifiers::default() };
    let (_, other, values) = encoder.encode_values(&twice, &Places::default());
    let given = encoder.filters(&values, &other, |_, _| false);
    let family = filters.iter().find(|filter| Some(filter.token) == tokens.get("family"));
    assert_eq!(given.first(), family);
}

#[test]
fn who_was_forgotten_under_the_first_encoding_does_not_come_back() {
    // What an earlier hub had of a row without a number, by the keys that it had.
    let master = || MasterKey::from_hex("00f1".repeat(16).as_bytes(), "a test").unwrap();
    let row = Identifiers { nhs_number: None, local_id: None, ..person() };
    let (_, tokens) = encode(&row);
    let mut before = tokens.of_every_identity();
    let token =
        |field: &str, message: &[u8]| master().derive("token", field, LINKAGE).token(message);
    before.set(TokenField::Family, token("family_name", b"OBRIEN"));
    before.set(TokenField::Given, token("given_name", b"ZOE"));
    before.set(TokenField::FamilySound, token("family_sound", b"O165"));
    before.set(TokenField::GivenSound, token("given_sound", b"Z000"));
    let marks = encoder(NumberPolicy::Test).marks_of(&[], &[before]);
    let forgetting = encoder(NumberPolicy::Test).forgetting(marks);
    assert!(forgetting.encode(&row, &Places::default()).0.is_forgotten);
    let other = Identifiers { given_name: Some("Zara"), ..row };
    assert!(!forgetting.encode(&other, &Places::default()).0.is_forgotten);
}

#[test]
fn blanks_have_no_token_and_no_identity() {
    let blank = Identifiers {
        nhs_number: Some("n/k"),
        family_name: Some("-"),
        given_name: Some("Unknown"),
        postcode: Some("ZZ99 3VZ"),
        house: Some(" "),
        sex: Some("male"),
        ..Identifiers::default()
    };
    let (encoded, tokens) = encode(&blank);
    assert_eq!(encoded.identity_id, None);
    assert_eq!(encoded.household, None);
    assert_eq!(tokens.columns().filter(|(_, token)| token.is_some()).count(), 1);
}

#[test]
fn a_number_of_a_refused_class_is_missing() {
    let live = encoder(NumberPolicy::Live);
    let (encoded, tokens) = live.encode(&person(), &Places::default());
    assert_eq!(encoded.number_fault, Some(NumberFault::RefusedClass));
    assert_eq!((encoded.nhs_class, tokens.get("nhs")), (None, None));
    assert!(!tokens.nhs_trusted && !encoded.is_forbidden);
    let issued = Identifiers { nhs_number: Some("4010232137"), ..person() };
    let (encoded, _) = encode(&issued);
    assert_eq!(encoded.number_fault, Some(NumberFault::RefusedClass));
    assert!(!encoded.is_forbidden);
    let (encoded, tokens) = live.encode(&issued, &Places::default());
    assert_eq!(encoded.number_fault, None);
    assert!(tokens.nhs_trusted);
}

#[test]
fn the_public_key_touches_no_number_outside_the_test_range() {
    for declared in [NumberPolicy::Test, NumberPolicy::Live] {
        let public = Encoder::new(&MasterKey::demonstration(), "commissioning", declared);
        let (encoded, tokens) = public.encode(&person(), &Places::default());
        assert!(!encoded.is_forbidden && tokens.get("nhs").is_some());
        assert_eq!(public.nhs_token("9990000018"), Ok(tokens.get("nhs")));
        for number in ["4010232137", "9434765919"] {
            let row = Identifiers { nhs_number: Some(number), ..person() };
            let (encoded, tokens) = public.encode(&row, &Places::default());
            assert!(encoded.is_forbidden && tokens.get("nhs").is_none());
            assert_eq!(public.nhs_token(number), Err(ForbiddenNumber));
        }
        assert_eq!(public.nhs_token("9990000019"), Ok(None), "its check digit is wrong");
    }
}

#[test]
fn a_number_that_is_not_traced_is_kept_and_not_trusted() {
    let (_, tokens) = encode(&Identifiers { is_traced: false, ..person() });
    assert!(tokens.get("nhs").is_some() && !tokens.nhs_trusted);
}

#[test]
fn purposes_share_tokens_and_no_id() {
    let master = MasterKey::demonstration();
    let one = Encoder::new(&master, "commissioning", NumberPolicy::Test);
    let two = Encoder::new(&master, "research", NumberPolicy::Test);
    let (a, b) =
        (one.encode(&person(), &Places::default()), two.encode(&person(), &Places::default()));
    assert_eq!(a.1, b.1);
    assert_ne!(a.0.identity_id, b.0.identity_id);
    assert_ne!(a.0.household, b.0.household);
    assert_ne!(one.person_id(5), two.person_id(5));
    let row = |encoder: &Encoder| encoder.row_key("delivery").draw(b"ab").record_id();
    assert_ne!(row(&one), row(&two));
}

#[test]
fn rows_have_ids_of_their_own() {
    let encoder = encoder(NumberPolicy::Test);
    let [one, two] = ["one", "two"].map(|delivery| encoder.row_key(delivery));
    let id = |key: u32| {
        let key = key.to_be_bytes();
        [one.draw(&key).record_id(), two.draw(&key).record_id()]
    };
    let ids: std::collections::HashSet<_> = (0..2000).flat_map(id).collect();
    assert_eq!(ids.len(), 4000);
    assert!(ids.iter().all(|id| *id > 0));
}

/// The token of the issuer's or provider's own id.
fn local(row: &Identifiers<'_>) -> Option<u64> {
    encode(row).1.get("local")
}

#[test]
fn a_pseudonym_is_its_issuers_whoever_the_provider_is() {
    let hes = Identifiers {
        issuer: "HES",
        pseudonym: Some("TESTWn4Rt4"),
        provider: Some("RR8"),
        ..Identifiers::default()
    };
    assert!(local(&hes).is_some());
    assert_eq!(local(&hes), local(&Identifiers { provider: Some("RAE"), ..hes }));
    assert_eq!(local(&hes), local(&Identifiers { local_id_scope: "op", ..hes }));
    // Letter case is part of it, and so is who issued it.
    assert_ne!(local(&hes), local(&Identifiers { pseudonym: Some("TESTWN4RT4"), ..hes }));
    assert_ne!(local(&hes), local(&Identifiers { issuer: "Synthea", ..hes }));
    // And under which key.
    let keyed = Identifiers { issuer_key: "k1", ..hes };
    assert_ne!(local(&hes), local(&keyed));
    assert_ne!(local(&keyed), local(&Identifiers { issuer_key: "k2", ..hes }));
    // A provider's own id of the same letters is another person's.
    let own = Identifiers { pseudonym: None, local_id: Some("TESTWn4Rt4"), ..hes };
    assert_ne!(local(&hes), local(&own));
    assert!(encode(&hes).0.identity_id.is_some(), "it can tell persons apart");
}
