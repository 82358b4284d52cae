//! A function of any kind, with its page.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::{AggregateUDF, ScalarUDF, WindowUDF};

use super::aggregate::{self, AggregateMethod};
use super::arguments::Arguments;
use super::page::Page;
use super::scalar::ScalarMethod;
use super::sums::{SumsMethod, SumsOf};
use super::value::Value;
use super::window::{self, WindowMethod};

/// What is registered under a page's name.
pub(crate) struct Method {
    pub(crate) page: &'static Page,
    kind: MethodKind,
}

enum MethodKind {
    Scalar(fn(&Arguments, usize) -> Value),
    Aggregate(aggregate::Compute),
    Counting(aggregate::Compute, usize),
    Window(window::Compute),
    Sums(SumsOf),
}

impl Method {
    pub(crate) fn scalar(page: &'static Page, compute: fn(&Arguments, usize) -> Value) -> Self {
        Self { page, kind: MethodKind::Scalar(compute) }
    }

    pub(crate) fn aggregate(page: &'static Page, compute: aggregate::Compute) -> Self {
        Self { page, kind: MethodKind::Aggregate(compute) }
    }

    /// One row that counts many is what many rows are that count one each; the count stands at this
    /// place.
    pub(crate) fn counting(
        page: &'static Page,
        compute: aggregate::Compute,
        counted_at: usize,
    ) -> Self {
        Self { page, kind: MethodKind::Counting(compute, counted_at) }
    }

    pub(crate) fn sums(page: &'static Page, of: SumsOf) -> Self {
        Self { page, kind: MethodKind::Sums(of) }
    }

    pub(crate) fn window(page: &'static Page, compute: window::Compute) -> Self {
        Self { page, kind: MethodKind::Window(compute) }
    }

    /// How the function is used, as a word for the reference page.
    pub(crate) fn usage(&self) -> &'static str {
        match self.kind {
            MethodKind::Scalar(_) => "Functions of one row",
            MethodKind::Aggregate(_) | MethodKind::Counting(..) | MethodKind::Sums(_) => {
                "Functions of a group of rows"
            }
            MethodKind::Window(_) => "Functions of a row among its window",
        }
    }

    pub(crate) fn register(&self, registry: &mut dyn FunctionRegistry) -> Result<()> {
        match self.kind {
            MethodKind::Scalar(compute) => {
                let function = ScalarUDF::from(ScalarMethod::new(self.page, compute));
                registry.register_udf(Arc::new(function))?;
            }
            MethodKind::Aggregate(compute) => {
                let function = AggregateUDF::from(AggregateMethod::new(self.page, compute));
                registry.register_udaf(Arc::new(function))?;
            }
            MethodKind::Counting(compute, counted_at) => {
                let method = AggregateMethod::counting(self.page, compute, counted_at);
                registry.register_udaf(Arc::new(AggregateUDF::from(method)))?;
            }
            MethodKind::Sums(of) => {
                let function = AggregateUDF::from(SumsMethod::new(self.page, of));
                registry.register_udaf(Arc::new(function))?;
            }
            MethodKind::Window(compute) => {
                let function = WindowUDF::from(WindowMethod::new(self.page, compute));
                registry.register_udwf(Arc::new(function))?;
            }
        }
        Ok(())
    }
}
