//! All the functions, together.

use std::fmt::Write as _;

use datafusion::common::Result;
use datafusion::prelude::SessionContext;

use super::method::Method;
use super::{
    balancing, charts, cumulative, curves, evaluation, exponential, forecasts, funnels, gaps,
    grouped, indirect, inequality, interrupted, life, matching, panel, projection, rates,
    regression, risk, scores, spatial, standardised, synthetic, thresholds, variation,
};

/// Every function, in the order of the reference page.
pub(crate) fn methods() -> Vec<Method> {
    [
        rates::methods(),
        grouped::methods(),
        standardised::methods(),
        indirect::methods(),
        funnels::methods(),
        curves::methods(),
        life::methods(),
        variation::methods(),
        gaps::methods(),
        inequality::methods(),
        spatial::methods(),
        charts::methods(),
        cumulative::methods(),
        forecasts::methods(),
        exponential::methods(),
        scores::methods(),
        regression::methods(),
        risk::methods(),
        thresholds::methods(),
        evaluation::methods(),
        interrupted::methods(),
        panel::methods(),
        matching::methods(),
        balancing::methods(),
        synthetic::methods(),
        projection::methods(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Make every statistical function known to a session.
///
/// # Errors
/// When the session refuses one; a fresh one does not.
pub fn register(ctx: &SessionContext) -> Result<()> {
    let state = ctx.state_ref();
    let mut state = state.write();
    methods().iter().try_for_each(|method| method.register(&mut *state))
}

/// The reference page of all functions, as Markdown; `answer` runs an example and gives what it
/// found, as text.
#[must_use]
pub fn reference_markdown(answer: &dyn Fn(&str) -> String) -> String {
    let mut page = String::from(
        "# Statistical functions\n\nEvery method is a SQL function. Results are structs, their fields \
         read with `['field']`; limits are at 95 %, at 99.8 % and, as `lower` and `upper`, at the \
         `confidence` asked for. A result that cannot be given is null, with a `reason`. Functions of \
         a group add its rows up without rounding or put them in one order before they compute, so \
         that threads and input order change nothing; where they are kept, a group of more than \
         20,000,000 rows is an error. [accuracy.md](accuracy.md) says how near each is to its \
         vectors. The examples run as they are: `hub query` needs no table for them.\n",
    );
    let methods = methods();
    let mut usages: Vec<&str> = methods.iter().map(Method::usage).collect();
    usages.sort_unstable();
    usages.dedup();
    for usage in usages {
        let _ = write!(page, "\n## {usage}\n");
        for method in methods.iter().filter(|method| method.usage() == usage) {
            let _ = write!(page, "\n{}", method.page.markdown(answer));
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::super::page::{Input, Kind, Page, Shape};
    use super::*;

    // `models` tells by this ending which results point at people.
    #[test]
    fn a_name_or_key_that_a_function_gives_back_ends_with_key() {
        fn check(page: &Page, shape: Shape) {
            let (Shape::Record(outputs) | Shape::Records(outputs)) = shape else { return };
            for output in outputs {
                // How errors were made is a word of the method's own.
                let is_text = matches!(output.shape, Shape::Text) && output.name != "errors";
                let is_given = |input: &Input| {
                    input.name == output.name && matches!(input.kind, Kind::Key | Kind::Text)
                };
                let is_named = output.name.ends_with("_key");
                let is_fine = is_named || !is_text || !page.inputs.iter().any(is_given);
                assert!(is_fine, "{}: {}", page.name, output.name);
                check(page, output.shape);
            }
        }
        methods().iter().for_each(|method| check(method.page, method.page.result));
    }

    // And by this name that an argument is compared alone: periods are no keys of anybody.
    #[test]
    fn an_argument_that_may_be_a_key_is_named_as_one() {
        for method in methods() {
            for Input { name, kind, .. } in method.page.inputs {
                let is_named = *name == "key" || name.ends_with("_key");
                let may_be = matches!(kind, Kind::Key) && *name != "period";
                assert!(is_named || !may_be, "{}: {name}", method.page.name);
            }
        }
    }
}
