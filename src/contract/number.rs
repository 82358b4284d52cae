//! Numbers as providers write them.

use super::Rule;

/// A whole number: `5`, `-5`, and the `5.0` that comes of a spreadsheet.
pub(super) fn integer(cell: &str) -> Result<i64, Rule> {
    let whole = match cell.split_once('.') {
        Some((whole, zeros)) if zeros.bytes().all(|b| b == b'0') => whole,
        Some(_) => return Err(fault(cell)),
        None => cell,
    };
    whole.parse().map_err(|_| fault(whole))
}

/// A decimal number: the float next to it.
pub(super) fn decimal(cell: &str) -> Result<f64, Rule> {
    match short_decimal(cell) {
        Some(number) => Ok(number),
        None if !is_decimal(cell) => Err(fault(cell)),
        None => cell.parse().map_err(|_| Rule::NotANumber),
    }
}

/// A decimal number of at most fifteen digits without a sign: a float holds them, and the power of ten, as
/// they are, so that one division rounds once (Clinger 1990, "How to read floating point numbers
/// accurately").
fn short_decimal(cell: &str) -> Option<f64> {
    if cell.len() > 16 {
        return None;
    }
    let (mut digits, mut n_digits, mut point) = (0u64, 0, None);
    for byte in cell.bytes() {
        match byte {
            b'0'..=b'9' => {
                digits = digits * 10 + u64::from(byte - b'0');
                n_digits += 1;
            }
            b'.' if point.is_none() => point = Some(n_digits),
            _ => return None,
        }
    }
    let n_decimals = n_digits - point.unwrap_or(n_digits);
    let is_short = (1..=15).contains(&n_digits);
    is_short.then(|| digits as f64 / POWERS_OF_TEN[n_decimals])
}

/// Those that fifteen decimals ask for.
const POWERS_OF_TEN: [f64; 16] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// A decimal number times `scale`, exact, unlike the same in floats; and whether it had to be
/// rounded (half away from zero) to be a whole one.
pub(super) fn scaled(cell: &str, scale: u32) -> Result<(i64, bool), Rule> {
    if !is_decimal(cell) {
        return Err(fault(cell));
    }
    let (whole, tail) = cell.split_once('.').unwrap_or((cell, ""));
    // More digits than anybody's money has would overflow below.
    if whole.len() > 16 || tail.len() > 16 {
        return Err(Rule::NotANumber);
    }
    let digits = |text: &str| {
        text.bytes().filter(u8::is_ascii_digit).fold(0i128, |n, b| n * 10 + i128::from(b - b'0'))
    };
    let unit = 10i128.pow(tail.len() as u32);
    let scaled = (digits(whole) * unit + digits(tail)) * i128::from(scale);
    let rounded = (scaled + unit / 2) / unit;
    let signed = if cell.starts_with('-') { -rounded } else { rounded };
    let is_rounded = scaled % unit != 0;
    i64::try_from(signed).map(|n| (n, is_rounded)).map_err(|_| Rule::NotANumber)
}

/// Optional sign, digits, at most one point, at least one digit.
fn is_decimal(cell: &str) -> bool {
    let unsigned = cell.strip_prefix(['-', '+']).unwrap_or(cell);
    let n_digits = unsigned.bytes().filter(u8::is_ascii_digit).count();
    let n_points = unsigned.bytes().filter(|b| *b == b'.').count();
    n_digits > 0 && n_points <= 1 && n_digits + n_points == unsigned.len()
}

/// Which rule a text that is no number breaks.
fn fault(text: &str) -> Rule {
    if is_scientific(text) { Rule::ScientificNotation } else { Rule::NotANumber }
}

/// Whether a text is a number as a power of ten: `9.43477E+09`, `1e5`.
pub(super) fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return false };
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let is_digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    is_digits(exponent) && is_decimal(mantissa)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_may_carry_a_spreadsheets_point() {
        assert_eq!(integer("5"), Ok(5));
        assert_eq!(integer("-12"), Ok(-12));
        assert_eq!(integer("5.0"), Ok(5));
        assert_eq!(integer("5.00"), Ok(5));
        for cell in ["5.5", "", "five", "1,000", "0x5", "5 0", "99999999999999999999"] {
            assert_eq!(integer(cell), Err(Rule::NotANumber), "{cell}");
        }
        assert_eq!(integer("1E+05"), Err(Rule::ScientificNotation));
        assert_eq!(integer("9.43477E+09"), Err(Rule::ScientificNotation));
    }

    #[test]
    fn decimals_are_plain_or_refused() {
        assert_eq!(decimal("-1.25"), Ok(-1.25));
        assert_eq!(decimal(".5"), Ok(0.5));
        assert_eq!(decimal("5."), Ok(5.0));
        for cell in ["inf", "NaN", "1.2.3", "-", ".", "£5", "5-"] {
            assert_eq!(decimal(cell), Err(Rule::NotANumber), "{cell}");
        }
        assert_eq!(decimal("1.5e3"), Err(Rule::ScientificNotation));
    }

    #[test]
    fn a_decimal_is_the_float_that_the_language_reads() {
        let digits = "9007199254740993";
        for n in 1..=digits.len() {
            for point in 0..=n {
                let cell = format!("{}.{}", &digits[..point], &digits[point..n]);
                assert_eq!(
                    decimal(&cell).unwrap().to_bits(),
                    cell.parse::<f64>().unwrap().to_bits()
                );
            }
        }
        for n in 0..20_000u32 {
            let cell = format!("{}.{:03}", n.wrapping_mul(2_654_435_761) >> 8, n % 1_000);
            assert_eq!(decimal(&cell).unwrap().to_bits(), cell.parse::<f64>().unwrap().to_bits());
        }
    }

    #[test]
    fn pounds_become_pence_exactly() {
        assert_eq!(scaled("12.34", 100), Ok((1_234, false)));
        assert_eq!(scaled("-0.29", 100), Ok((-29, false)));
        assert_eq!(scaled("7", 100), Ok((700, false)));
        assert_eq!(scaled("12.3400", 100), Ok((1_234, false)));
        assert_eq!(scaled("69.93852", 100_000), Ok((6_993_852, false)));
        assert_eq!(scaled("99999999999999999", 100), Err(Rule::NotANumber));
    }

    #[test]
    fn what_a_scale_does_not_keep_is_rounded_and_told() {
        assert_eq!(scaled("1.005", 100), Ok((101, true)));
        assert_eq!(scaled("-1.005", 100), Ok((-101, true)));
        assert_eq!(scaled("0.004", 100), Ok((0, true)));
        assert_eq!(scaled("69.93852", 100), Ok((6_994, true)));
    }
}
