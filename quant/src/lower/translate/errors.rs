//! Messages of the translation, with model, node and operator filled in.

use super::super::host::describe;
use super::{Flow, Translator};
use crate::float::Node;
use crate::lower::LowerError;

impl Translator<'_> {
    pub(super) fn unsupported(&self, node: &Node, remedy: impl Into<String>) -> LowerError {
        let (model, name) = (self.graph.name.clone(), node.name.clone());
        LowerError::Unsupported {
            model,
            node: name,
            op: node.op.name(),
            remedy: remedy.into(),
        }
    }

    pub(super) fn wrong_axes(
        &self,
        node: &Node,
        flow: &Flow,
        expected: &'static str,
    ) -> LowerError {
        LowerError::Axes {
            model: self.graph.name.clone(),
            node: node.name.clone(),
            op: node.op.name(),
            found: describe(&flow.view, self.shape(flow)),
            expected,
            remedy: "export the model without the Transpose or Reshape in front of the node",
        }
    }

    pub(super) fn not_constant(&self, node: &Node, what: &'static str) -> LowerError {
        let (model, name) = (self.graph.name.clone(), node.name.clone());
        LowerError::NotConstant {
            model,
            node: name,
            op: node.op.name(),
            what,
        }
    }

    pub(super) fn not_activation(&self, node: &Node, index: usize) -> LowerError {
        let tensor = node
            .input(index)
            .map_or_else(String::new, |id| self.graph.tensor(id).name.clone());
        let (model, name) = (self.graph.name.clone(), node.name.clone());
        LowerError::NotActivation {
            model,
            node: name,
            op: node.op.name(),
            tensor,
        }
    }

    /// Refuses NaN and infinities.
    pub(super) fn finite<'a>(
        &self,
        node: &Node,
        what: &'static str,
        values: impl IntoIterator<Item = &'a f32>,
    ) -> Result<(), LowerError> {
        if values.into_iter().all(|v| v.is_finite()) {
            return Ok(());
        }
        Err(LowerError::NotFinite {
            model: self.graph.name.clone(),
            node: node.name.clone(),
            what,
        })
    }
}
