//! The sheet that charts are drawn on: text, lines and boxes in tenths of a pixel.
//!
//! Plotters draws on whole pixels, so everything is drawn ten times as large and the viewBox scales
//! it down. Title, description and role are put into the SVG afterwards.

use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{
    Circle, DashedPathElement, Drawable, PathElement, PointCollection, Polygon, Rectangle, Text,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, FontTransform, IntoFont, RGBColor, ShapeStyle};
use serde::Serialize;

use super::ChartError;
use super::palette::{INK, MUTED};

/// How much larger than the page charts are drawn.
const SCALE: f64 = 10.0;
/// Plotters divides font sizes by this when it writes them.
const FONT_DIVISOR: f64 = 1.24;
/// How wide charts are, in pixels of the page.
pub(super) const WIDTH: f64 = 960.0;

/// A chart that can be shown: SVG with its title and description.
#[derive(Debug, Clone, Serialize)]
pub struct Chart {
    /// What it is called in files and links.
    pub id: String,
    /// The release that it is drawn from.
    pub table: String,
    /// What it shows.
    pub title: String,
    /// How it is read, in words.
    pub description: String,
    /// Points that are not drawn because they are hidden.
    pub hidden: Vec<String>,
    /// The drawing.
    #[serde(skip)]
    pub svg: String,
}

/// What a chart is called and says, before it is drawn.
pub(super) struct Caption {
    pub(super) id: String,
    pub(super) table: String,
    /// Whom and which months it is about: stands below the drawing.
    pub(super) about: String,
    pub(super) title: String,
    pub(super) subtitle: String,
    pub(super) description: String,
}

/// Text's size, colour and place.
#[derive(Clone, Copy)]
pub(super) struct Type {
    size: f64,
    colour: RGBColor,
    style: FontStyle,
    horizontal: HPos,
    vertical: VPos,
}

impl Type {
    /// Text of that size, dark, from the left, centred on its line.
    pub(super) fn new(size: f64) -> Self {
        Self {
            size,
            colour: INK,
            style: FontStyle::Normal,
            horizontal: HPos::Left,
            vertical: VPos::Center,
        }
    }

    /// Notes and axis labels.
    pub(super) fn small() -> Self {
        Self::new(12.0).colour(MUTED)
    }

    pub(super) fn colour(self, colour: RGBColor) -> Self {
        Self { colour, ..self }
    }

    pub(super) fn bold(self) -> Self {
        Self { style: FontStyle::Bold, ..self }
    }

    pub(super) fn italic(self) -> Self {
        Self { style: FontStyle::Italic, ..self }
    }

    pub(super) fn right(self) -> Self {
        Self { horizontal: HPos::Right, ..self }
    }

    pub(super) fn centred(self) -> Self {
        Self { horizontal: HPos::Center, ..self }
    }

    /// The font in the drawing's units, as plotters takes it.
    pub(super) fn plotters(self) -> plotters::style::TextStyle<'static> {
        ("sans-serif", self.size * SCALE * FONT_DIVISOR)
            .into_font()
            .style(self.style)
            .transform(FontTransform::None)
            .color(&self.colour)
            .pos(Pos::new(self.horizontal, self.vertical))
    }
}

/// A sheet in pixels of the page.
pub(super) struct Canvas<'a> {
    pub(super) area: DrawingArea<SVGBackend<'a>, Shift>,
    chart: &'a str,
}

/// A length in the drawing's units.
pub(super) fn units(pixels: f64) -> i32 {
    (pixels * SCALE).round() as i32
}

fn point((x, y): (f64, f64)) -> (i32, i32) {
    (units(x), units(y))
}

impl<'a> Canvas<'a> {
    /// A failure of the drawing library as this module's error.
    pub(super) fn failed(&self, reason: &dyn std::fmt::Display) -> ChartError {
        ChartError::Drawing { chart: self.chart.to_owned(), reason: reason.to_string() }
    }

    pub(super) fn text(&self, at: (f64, f64), text: &str, style: Type) -> Result<(), ChartError> {
        self.draw(&Text::new(text.to_owned(), point(at), style.plotters()))
    }

    /// A filled box.
    pub(super) fn rect(
        &self,
        from: (f64, f64),
        to: (f64, f64),
        colour: RGBColor,
    ) -> Result<(), ChartError> {
        self.draw(&Rectangle::new([point(from), point(to)], colour.filled()))
    }

    pub(super) fn line(
        &self,
        points: &[(f64, f64)],
        colour: RGBColor,
        width: f64,
    ) -> Result<(), ChartError> {
        let points: Vec<_> = points.iter().copied().map(point).collect();
        self.draw(&PathElement::new(points, stroke(colour, width)))
    }

    /// A dashed line.
    pub(super) fn dashed(
        &self,
        from: (f64, f64),
        to: (f64, f64),
        colour: RGBColor,
        width: f64,
    ) -> Result<(), ChartError> {
        let path = [point(from), point(to)];
        self.draw(&DashedPathElement::new(path, units(5.0), units(4.0), stroke(colour, width)))
    }

    pub(super) fn dot(
        &self,
        at: (f64, f64),
        radius: f64,
        colour: RGBColor,
    ) -> Result<(), ChartError> {
        self.draw(&Circle::new(point(at), units(radius), colour.filled()))
    }

    /// A filled shape with a see-through colour.
    pub(super) fn shape(
        &self,
        points: &[(f64, f64)],
        colour: RGBColor,
        opacity: f64,
    ) -> Result<(), ChartError> {
        let points: Vec<_> = points.iter().copied().map(point).collect();
        self.draw(&Polygon::new(points, colour.mix(opacity).filled()))
    }

    fn draw<E>(&self, element: &E) -> Result<(), ChartError>
    where
        for<'b> &'b E: PointCollection<'b, (i32, i32)>,
        E: Drawable<SVGBackend<'a>>,
    {
        self.area.draw(element).map_err(|e| self.failed(&e))
    }
}

/// A line's style in the drawing's units.
pub(super) fn stroke(colour: RGBColor, width: f64) -> ShapeStyle {
    ShapeStyle { color: colour.to_rgba(), filled: false, stroke_width: units(width) as u32 }
}

/// How far down the title and subtitle reach.
pub(super) const HEAD: f64 = 62.0;

/// Room for the line below the drawing that says whom it is about.
const FOOT: f64 = 22.0;

/// Draws a chart: title and subtitle, then what `draw` adds, then whom it is about; `hidden` lists
/// what it could not show.
pub(super) fn chart(
    caption: Caption,
    height: f64,
    hidden: Vec<String>,
    draw: impl FnOnce(&Canvas) -> Result<(), ChartError>,
) -> Result<Chart, ChartError> {
    let mut svg = String::new();
    let foot = if caption.about.is_empty() { 0.0 } else { FOOT };
    let whole = height + foot;
    {
        let size = (units(WIDTH) as u32, units(whole) as u32);
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        let canvas = Canvas { area, chart: &caption.id };
        canvas.text((0.0, 16.0), &caption.title, Type::new(19.0).bold())?;
        canvas.text((0.0, 40.0), &caption.subtitle, Type::new(13.0).colour(MUTED))?;
        draw(&canvas)?;
        if foot > 0.0 {
            canvas.text((0.0, whole - foot / 2.0), &caption.about, Type::small())?;
        }
        canvas.area.present().map_err(|e| canvas.failed(&e))?;
    }
    let svg = labelled(&svg, &caption, whole);
    let Caption { id, table, title, description, .. } = caption;
    Ok(Chart { id, table, title, description, hidden, svg })
}

/// The SVG with its role, title and description, without what plotters repeats.
fn labelled(svg: &str, caption: &Caption, height: f64) -> String {
    let body = svg.split_once('>').map_or("", |(_, body)| body);
    let body = body.replace(" opacity=\"1\"", "").replace("stroke=\"none\" ", "");
    let body = body.replace("\n</text>", "</text>");
    let (id, title, description) =
        (&caption.id, escape(&caption.title), escape(&caption.description));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" role=\"img\" \
         aria-labelledby=\"{id}-title {id}-desc\" class=\"chart\">\n\
         <title id=\"{id}-title\">{title}</title>\n<desc id=\"{id}-desc\">{description}</desc>{body}",
        units(WIDTH),
        units(height),
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
