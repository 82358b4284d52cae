//! Whose pseudonyms they are: a feed's providers', or one provider's.

/// Who makes pseudonyms: all providers of a feed with one key, or one of them with a key of its own.
///
/// Its text is the `issuer` of contracts and crosswalks: `iapt`, or `iapt/RGD`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Issuer {
    feed: String,
    provider: Option<String>,
}

impl Issuer {
    /// The providers of a feed, or one of them by its code; `None` if the code is none.
    #[must_use]
    pub fn new(feed: &str, provider: Option<&str>) -> Option<Self> {
        let is_code = |code: &str| {
            !code.is_empty() && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        let provider = provider.map(str::to_owned);
        let is_one = provider.as_deref().is_none_or(is_code);
        is_one.then(|| Self { feed: feed.to_owned(), provider })
    }

    /// Reads the text of one.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        match text.split_once('/') {
            Some((feed, provider)) => Self::new(feed, Some(provider)),
            None => Self::new(text, None),
        }
    }

    /// The feed.
    #[must_use]
    pub fn feed(&self) -> &str {
        &self.feed
    }

    /// The provider, if it has a key of its own.
    #[must_use]
    pub fn provider(&self) -> Option<&str> {
        self.provider.as_deref()
    }
}

impl std::fmt::Display for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.provider {
            Some(provider) => write!(f, "{}/{provider}", self.feed),
            None => f.write_str(&self.feed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_a_feed_or_a_provider_of_one() {
        for text in ["iapt", "iapt/RGD", "third_sector/VCS-1"] {
            assert_eq!(Issuer::read(text).map(|issuer| issuer.to_string()).as_deref(), Some(text));
        }
        assert_eq!(Issuer::new("iapt", Some("RGD")), Issuer::read("iapt/RGD"));
        for no_code in ["", "a b", "a/b", "a|b"] {
            assert_eq!(Issuer::new("op", Some(no_code)), None, "{no_code}");
        }
    }
}
