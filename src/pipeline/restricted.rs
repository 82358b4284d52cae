//! The legally restricted codes that contracts name, from the reference tables.

use super::checked::Contracts;
use super::declaration::Pipeline;
use super::error::PipelineError;
use super::references::References;
use crate::store::sha256_hex;

/// Gives contracts the legally restricted codes that they name.
///
/// # Errors
/// [`PipelineError::Invalid`] if a list is not among the reference tables, or holds no code of the
/// scheme.
pub(super) fn restrict(
    pipeline: &Pipeline,
    contracts: &mut Contracts,
    references: &References,
) -> Result<(), PipelineError> {
    for (name, (contract, hash)) in contracts {
        for restricted in &mut contract.restricted {
            let list = references.get(&restricted.list);
            let (schemes, codes) = match list.map(|l| (l.texts("scheme"), l.texts("code"))) {
                Some((Some(schemes), Some(codes))) => (schemes, codes),
                _ => (Vec::new(), Vec::new()),
            };
            let scheme = restricted.scheme.as_str();
            let of_scheme = schemes.iter().zip(codes).filter(|(of, _)| *of == scheme);
            let codes: Vec<String> = of_scheme.map(|(_, code)| code).collect();
            if codes.is_empty() {
                let what = format!(
                    "contract `{name}`: reference table `{}` has no code of `{scheme}`",
                    restricted.list
                );
                return Err(PipelineError::Invalid { path: pipeline.path.clone(), what });
            }
            *hash = sha256_hex(format!("{hash}\n{}", codes.join("\n")).as_bytes());
            restricted.set_codes(codes);
        }
    }
    Ok(())
}
