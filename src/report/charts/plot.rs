//! A plot on the sheet: two numeric axes with a light grid, lines with gaps, bands and points.

use std::ops::Range;

use plotters::backend::SVGBackend;
use plotters::chart::{ChartBuilder, ChartContext, LabelAreaPosition};
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::coord::types::RangedCoordf64;
use plotters::series::{DashedLineSeries, LineSeries};
use plotters::style::RGBColor;

use super::ChartError;
use super::canvas::{Canvas, Type, stroke, units};
use super::palette::{AXIS, GRID, MUTED};

type Axes = Cartesian2d<Scale, Scale>;

/// A range of values and where its grid lines are.
#[derive(Clone)]
pub(super) struct Scale {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) ticks: Vec<f64>,
}

/// How an axis writes its values.
type Label<'f> = &'f dyn Fn(&f64) -> String;

/// Where a plot is on the sheet, in pixels, and its axes.
pub(super) struct Frame<'f> {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) x: Scale,
    pub(super) y: Scale,
    pub(super) x_label: Label<'f>,
    pub(super) y_label: Label<'f>,
}

/// How a line is drawn.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Stroke {
    Solid(f64),
    Dashed(f64),
}

/// A plot that can be drawn into.
pub(super) struct Plot<'a, 'c> {
    pub(super) canvas: &'c Canvas<'a>,
    context: ChartContext<'a, SVGBackend<'a>, Axes>,
}

/// Room for the labels of the vertical axis.
const LEFT_LABELS: f64 = 52.0;
/// Room for the labels of the horizontal axis.
const BOTTOM_LABELS: f64 = 24.0;

impl Scale {
    /// A scale over `from` to `to` with about `n` grid lines at round values.
    pub(super) fn round(from: f64, to: f64, n: usize) -> Self {
        let to = if to > from { to } else { from + 1.0 };
        let step = round_step((to - from) / n.max(1) as f64);
        let first = (from / step).floor() as i64;
        let last = ((to / step) - 1e-9).ceil() as i64;
        let ticks: Vec<f64> = (first..=last).map(|i| i as f64 * step).collect();
        Self { from: first as f64 * step, to: last as f64 * step, ticks }
    }

    /// A scale over exactly `from` to `to`, with grid lines at those `ticks` that lie within.
    pub(super) fn exact(from: f64, to: f64, ticks: impl IntoIterator<Item = f64>) -> Self {
        let ticks = ticks.into_iter().filter(|t| (from..=to).contains(t)).collect();
        Self { from, to, ticks }
    }
}

impl Ranged for Scale {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        RangedCoordf64::from(self.range()).map(value, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() { Vec::new() } else { self.ticks.clone() }
    }

    fn range(&self) -> Range<f64> {
        self.from..self.to
    }
}

/// The smallest of 1, 2, 2.5, 5 times a power of ten that is at least `width`.
fn round_step(width: f64) -> f64 {
    let power = 10f64.powf(width.max(1e-9).log10().floor());
    let digit = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|d| d * power >= width * 0.999_999);
    digit.unwrap_or(10.0) * power
}

impl<'a, 'c> Plot<'a, 'c> {
    /// Draws axes and grid.
    pub(super) fn new(canvas: &'c Canvas<'a>, frame: &Frame) -> Result<Self, ChartError> {
        let area = canvas.area.clone().shrink(
            (units(frame.left - LEFT_LABELS), units(frame.top)),
            (units(frame.width + LEFT_LABELS), units(frame.height + BOTTOM_LABELS)),
        );
        let mut context = ChartBuilder::on(&area)
            .set_label_area_size(LabelAreaPosition::Left, units(LEFT_LABELS))
            .set_label_area_size(LabelAreaPosition::Bottom, units(BOTTOM_LABELS))
            .build_cartesian_2d(frame.x.clone(), frame.y.clone())
            .map_err(|e| canvas.failed(&e))?;
        let labels = Type::new(11.5).colour(MUTED);
        context
            .configure_mesh()
            .bold_line_style(stroke(GRID, 1.0))
            .light_line_style(stroke(GRID, 0.0))
            .max_light_lines(0)
            .axis_style(stroke(AXIS, 1.0))
            .set_all_tick_mark_size(units(4.0))
            .label_style(labels.plotters())
            .x_labels(frame.x.ticks.len().max(1))
            .y_labels(frame.y.ticks.len().max(1))
            .x_label_formatter(&frame.x_label)
            .y_label_formatter(&frame.y_label)
            .draw()
            .map_err(|e| canvas.failed(&e))?;
        Ok(Self { canvas, context })
    }

    /// Where a value is on the sheet, in pixels.
    pub(super) fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let (x, y) = self.context.plotting_area().map_coordinate(&(x, y));
        (f64::from(x) / 10.0, f64::from(y) / 10.0)
    }

    /// A line through the points that are there; missing ones leave gaps.
    pub(super) fn line(
        &mut self,
        points: &[(f64, Option<f64>)],
        colour: RGBColor,
        line: Stroke,
    ) -> Result<(), ChartError> {
        for run in runs(points) {
            let drawn = match line {
                Stroke::Solid(width) => self
                    .context
                    .draw_series(LineSeries::new(run, stroke(colour, width)))
                    .map(|_| ()),
                Stroke::Dashed(width) => {
                    let (on, off, style) = (units(5.0), units(4.0), stroke(colour, width));
                    self.context.draw_series(DashedLineSeries::new(run, on, off, style)).map(|_| ())
                }
            };
            drawn.map_err(|e| self.canvas.failed(&e))?;
        }
        Ok(())
    }

    /// The area between lower and upper limits, where both are there.
    pub(super) fn band(
        &self,
        limits: &[(f64, Option<f64>, Option<f64>)],
        colour: RGBColor,
        opacity: f64,
    ) -> Result<(), ChartError> {
        let lower: Vec<_> =
            limits.iter().map(|(x, l, u)| (*x, l.filter(|_| u.is_some()))).collect();
        let upper: Vec<_> =
            limits.iter().map(|(x, l, u)| (*x, u.filter(|_| l.is_some()))).collect();
        for (lower, upper) in runs(&lower).into_iter().zip(runs(&upper)) {
            let outline = lower.iter().chain(upper.iter().rev()).map(|(x, y)| self.at(*x, *y));
            self.canvas.shape(&outline.collect::<Vec<_>>(), colour, opacity)?;
        }
        Ok(())
    }

    /// Dots at the points that are there.
    pub(super) fn dots(
        &self,
        points: &[(f64, Option<f64>)],
        radius: f64,
        colour: RGBColor,
    ) -> Result<(), ChartError> {
        for (x, y) in points {
            if let Some(y) = y {
                self.canvas.dot(self.at(*x, *y), radius, colour)?;
            }
        }
        Ok(())
    }
}

/// The unbroken runs of points.
fn runs(points: &[(f64, Option<f64>)]) -> Vec<Vec<(f64, f64)>> {
    points
        .split(|(_, y)| y.is_none())
        .map(|run| run.iter().filter_map(|(x, y)| Some((*x, (*y)?))).collect::<Vec<_>>())
        .filter(|run| !run.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_end_at_round_values_beyond_the_data() {
        let scale = Scale::round(0.0, 97.0, 5);
        assert_eq!((scale.from, scale.to), (0.0, 100.0));
        assert_eq!(scale.ticks, [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!(Scale::round(0.0, 0.0, 4).to, 1.0);
    }

    #[test]
    fn a_missing_point_breaks_the_line() {
        let points = [(0.0, Some(1.0)), (1.0, None), (2.0, Some(3.0)), (3.0, Some(4.0))];
        assert_eq!(runs(&points), [vec![(0.0, 1.0)], vec![(2.0, 3.0), (3.0, 4.0)]]);
    }
}
