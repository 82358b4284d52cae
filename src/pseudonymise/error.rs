//! Why there is no usable key.

use std::io;
use std::path::PathBuf;

/// Why there is no usable master key. No variant carries a byte of it, nor what a command printed.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key file cannot be read.
    #[error("{}: {source}", .path.display())]
    File {
        /// The key file.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// Others than its owner may read or write the key file.
    #[error("{}: the key file must have mode 0600", .path.display())]
    OpenToOthers {
        /// The key file.
        path: PathBuf,
    },
    /// A new key would replace a file.
    #[error("{}: there is a file already, and a key is never replaced", .path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The key file belongs to another user.
    #[error("{}: the key file belongs to another user", .path.display())]
    AnothersFile {
        /// The key file.
        path: PathBuf,
    },
    /// The environment variable is not set.
    #[error("environment variable `{name}` is not set")]
    NoVariable {
        /// The variable.
        name: String,
    },
    /// The command that prints the key failed.
    #[error("the key command failed{}", .status.map(|s| format!(" with status {s}")).unwrap_or_default())]
    Command {
        /// Its exit status, if it ran and was not killed.
        status: Option<i32>,
    },
    /// What was found is no key.
    #[error("{origin}: a key is 64 hexadecimal digits (32 bytes)")]
    Malformed {
        /// Where the key was looked for.
        origin: String,
    },
    /// What was found is no key for a feed.
    #[error("{origin}: not a feed's key, which `hub key feed` makes")]
    NoSourceKey {
        /// Where the key was looked for.
        origin: String,
    },
    /// The feed's key is another feed's, or another provider's.
    #[error("{origin}: the key is for feed `{found}`, not for `{expected}`")]
    OtherFeed {
        /// Where the key was found.
        origin: String,
        /// The feed that it is for.
        found: String,
        /// The feed that was asked for.
        expected: String,
    },
    /// The public key was given for numbers that people have.
    #[error(
        "the demonstration key is public, whatever supplies it: it goes with `numbers = \"test\"` alone"
    )]
    Demonstration,
    /// The key repeats one byte or counts upwards: nobody drew it at random.
    #[error("{origin}: the key was not drawn at random")]
    Weak {
        /// Where the key was looked for.
        origin: String,
    },
}
