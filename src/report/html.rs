//! The board's report: one static page, with its charts and figures beside it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, context};
use serde::Serialize;

use super::ReportError;
use super::charts::Chart;
use super::figures::Figures;
use super::input::ReportInput;
use super::messages::messages;
use super::sections::SECTIONS;
use crate::disclosure::Status;
use crate::store::write_atomic;

const TEMPLATES: [(&str, &str); 3] = [
    ("report.html", include_str!("../../reports/templates/report.html")),
    ("section.html", include_str!("../../reports/templates/section.html")),
    ("table.html", include_str!("../../reports/templates/table.html")),
];
pub(super) const STYLE: &str = include_str!("../../reports/style.css");

/// A report that has not been written yet.
#[derive(Debug, Clone)]
pub struct Report {
    /// The page.
    pub html: String,
    /// Every figure on it.
    pub figures: Figures,
    /// The charts with their drawings.
    pub charts: Vec<Chart>,
}

/// A section as the template needs it.
#[derive(Serialize)]
struct SectionView<'a> {
    id: &'a str,
    heading: &'a str,
    introduction: String,
    /// The tables that are there, the charts' own first.
    releases: Vec<&'a str>,
    is_there: bool,
    /// Feeds that it needs and that sent nothing.
    feeds_without_data: &'a [String],
    charts: Vec<ChartView>,
}

#[derive(Serialize)]
struct ChartView {
    title: String,
    svg: String,
    /// Where the chart's hidden points are, shortened to what a reader takes in.
    hidden: Vec<String>,
    n_more_hidden: usize,
}

/// How many hidden points are named under a chart; the table marks every one.
const NAMED_HIDDEN: usize = 12;

/// Makes the report.
///
/// # Errors
/// If a released table lacks a column that its chart needs, or a chart or the page fails.
pub fn render(input: &ReportInput) -> Result<Report, ReportError> {
    let mut figures = Figures::new(input);
    let mut charts: Vec<Chart> = Vec::new();
    let mut sections = Vec::new();
    for section in &SECTIONS {
        let released = input.released.get(section.release);
        let drawn = match released {
            Some(released) => {
                figures.add_table(released);
                section.charts(released)?
            }
            None => Vec::new(),
        };
        let mut releases: Vec<&str> = released.map(|_| section.release).into_iter().collect();
        for name in section.also {
            if let Some(released) = input.released.get(*name) {
                figures.add_table(released);
                releases.push(name);
            }
        }
        sections.push(SectionView {
            id: section.id,
            heading: section.heading,
            introduction: section.introduction.replace("{area}", &input.area_label),
            releases,
            is_there: released.is_some_and(|released| released.n_rows() > 0),
            feeds_without_data: input
                .without_data
                .get(section.release)
                .map_or(&[], |feeds| feeds.as_slice()),
            charts: drawn.iter().map(view).collect(),
        });
        charts.extend(drawn);
    }
    figures.messages = messages(&mut figures, &input.released);
    figures.charts.clone_from(&charts);
    let html = page(&figures, &sections)?;
    Ok(Report { html, figures, charts })
}

fn view(chart: &Chart) -> ChartView {
    ChartView {
        title: chart.title.clone(),
        svg: chart.svg.clone(),
        hidden: chart.hidden.iter().take(NAMED_HIDDEN).cloned().collect(),
        n_more_hidden: chart.hidden.len().saturating_sub(NAMED_HIDDEN),
    }
}

fn page(figures: &Figures, sections: &[SectionView]) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    for (name, source) in TEMPLATES {
        environment.add_template(name, source)?;
    }
    let all =
        [Status::Confidential, Status::Secondary, Status::NotAvailable, Status::NotApplicable];
    let markers: BTreeMap<&str, &str> = all.iter().map(|s| (s.as_str(), s.meaning())).collect();
    Ok(environment.get_template("report.html")?.render(context! {
        style => STYLE,
        about => Serde(&figures.about),
        headline => Serde(&figures.headline),
        messages => Serde(&figures.messages),
        tables => Serde(&figures.tables),
        sections => Serde(sections),
        markers => Serde(markers),
    })?)
}

impl Report {
    /// The files that make up the report, by their names under its folder.
    ///
    /// # Errors
    /// If the figures cannot be written as JSON.
    pub fn files(&self) -> Result<BTreeMap<String, Vec<u8>>, ReportError> {
        let mut json = serde_json::to_vec_pretty(&self.figures)?;
        json.push(b'\n');
        let mut files = BTreeMap::from([
            ("index.html".to_owned(), self.html.clone().into_bytes()),
            ("figures.json".to_owned(), json),
        ]);
        for chart in &self.charts {
            files.insert(format!("charts/{}.svg", chart.id), chart.svg.clone().into_bytes());
        }
        Ok(files)
    }

    /// Writes the report into a folder; the paths of the files.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<Vec<PathBuf>, ReportError> {
        let mut written = Vec::new();
        for (name, bytes) in self.files()? {
            let path = folder.join(name);
            write_atomic(&path, &bytes)?;
            written.push(path);
        }
        Ok(written)
    }
}
