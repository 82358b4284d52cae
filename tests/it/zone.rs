//! The identity zone: sealed, its owner's alone, where it is declared, kept or purged.
