//! Colours: Okabe and Ito's, which people with colour-vision deficiency can tell apart, darkened
//! where text or thin lines need contrast on white.

use plotters::style::RGBColor;

pub(super) const INK: RGBColor = RGBColor(0x1b, 0x26, 0x31);
pub(super) const MUTED: RGBColor = RGBColor(0x4a, 0x56, 0x63);
pub(super) const AXIS: RGBColor = RGBColor(0x8a, 0x96, 0xa3);
pub(super) const GRID: RGBColor = RGBColor(0xe3, 0xe8, 0xed);
pub(super) const SHADE: RGBColor = RGBColor(0xf3, 0xf6, 0xf9);
pub(super) const PAPER: RGBColor = RGBColor(0xff, 0xff, 0xff);

pub(super) const BLUE: RGBColor = RGBColor(0x00, 0x5e, 0xa8);
pub(super) const BLUE_PALE: RGBColor = RGBColor(0xcf, 0xe2, 0xf2);
pub(super) const STEEL: RGBColor = RGBColor(0x7d, 0x9c, 0xb8);
pub(super) const VERMILLION: RGBColor = RGBColor(0xc4, 0x4e, 0x00);
pub(super) const GREEN: RGBColor = RGBColor(0x00, 0x7a, 0x5a);
pub(super) const GREY: RGBColor = RGBColor(0x6b, 0x77, 0x85);

/// From the highest band to the lowest: dark to pale, so that it prints in grey too.
pub(super) const BANDS: [RGBColor; 6] = [
    RGBColor(0x7a, 0x1f, 0x05),
    RGBColor(0xc4, 0x4e, 0x00),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x86, 0xb6, 0xd9),
    RGBColor(0xb9, 0xd3, 0xe8),
    RGBColor(0xdb, 0xe8, 0xf3),
];
