//! What is said of a mistake of ours: where it is, and never what it met.

use std::panic::Location;

use crate::printer::Printer;

/// From now on a panic tells its place alone: its message may hold a cell of whatever was read.
pub(super) fn hush(printer: Printer) {
    std::panic::set_hook(Box::new(move |panic| printer.error(&text(panic.location()), None)));
}

fn text(location: Option<&Location<'_>>) -> String {
    let place = location.map(|place| format!("{}:{}", place.file(), place.line()));
    let place = place.unwrap_or_else(|| "an unknown place".to_owned());
    format!(
        "a mistake of the program at {place}; its message is not shown, it may hold what was read"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_tells_its_place() {
        let here = Location::caller();
        assert!(text(Some(here)).contains(&format!("panics.rs:{};", here.line())));
        assert!(text(None).contains("an unknown place"));
    }
}
