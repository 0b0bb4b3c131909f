//! Proof that an integer graph can be executed: whoever holds a validated graph may index without fear.
//!
//! Graphs come from files, so nothing is trusted: every index, size and product is checked before it is used.

mod conv;
mod host;
mod layer;
mod pool;
mod recurrent;

use super::shape::MAX_ELEMENTS;
use super::{GraphError, IntGraph, IntTensor, Layer, TensorId};

pub use pool::average_divisors;
pub use recurrent::HIDDEN_SCALE;
pub(crate) use recurrent::check_state;

impl IntGraph {
    /// Checks order, shapes, counts, ranges and the accumulator proof (numerics, section 4).
    ///
    /// # Errors
    /// The first broken rule, with the names of layer and tensor.
    pub fn validate(&self) -> Result<(), GraphError> {
        self.check_tensors()?;
        let mut written = vec![false; self.tensors.len()];
        for &id in &self.inputs {
            self.write(id, "the graph inputs", &mut written)?;
        }
        for layer in &self.layers {
            for &id in &layer.inputs {
                self.check_read(id, layer, &written)?;
            }
            self.write(layer.output, &layer.name, &mut written)?;
            layer::check(self, layer)?;
        }
        self.check_all_written(&written)?;
        host::check(self)
    }

    fn check_tensors(&self) -> Result<(), GraphError> {
        let mut total = 0usize;
        for tensor in &self.tensors {
            if !tensor.shape.in_limits() {
                return Err(GraphError::Shape {
                    tensor: tensor.name.clone(),
                    found: tensor.shape,
                });
            }
            if !(tensor.scale.is_finite() && tensor.scale > 0.0) {
                return Err(GraphError::Scale {
                    tensor: tensor.name.clone(),
                    found: tensor.scale,
                });
            }
            total = total.saturating_add(tensor.shape.elements());
        }
        if total > MAX_ELEMENTS {
            return Err(GraphError::TooLarge {
                limit: MAX_ELEMENTS,
            });
        }
        Ok(())
    }

    fn tensor_at(&self, id: TensorId, place: &str) -> Result<&IntTensor, GraphError> {
        let count = self.tensors.len();
        self.tensors.get(id).ok_or_else(|| GraphError::TensorIndex {
            place: place.to_string(),
            found: id,
            count,
        })
    }

    fn write(&self, id: TensorId, by: &str, written: &mut [bool]) -> Result<(), GraphError> {
        let tensor = self.tensor_at(id, by)?;
        if std::mem::replace(&mut written[id], true) {
            return Err(GraphError::WrittenTwice {
                tensor: tensor.name.clone(),
                by: by.to_string(),
            });
        }
        Ok(())
    }

    fn check_read(&self, id: TensorId, layer: &Layer, written: &[bool]) -> Result<(), GraphError> {
        let tensor = self.tensor_at(id, &layer.name)?;
        if !written[id] {
            return Err(GraphError::ReadBeforeWritten {
                layer: layer.name.clone(),
                tensor: tensor.name.clone(),
            });
        }
        Ok(())
    }

    fn check_all_written(&self, written: &[bool]) -> Result<(), GraphError> {
        for &id in &self.outputs {
            self.tensor_at(id, "the graph outputs")?;
        }
        match written.iter().position(|w| !w) {
            Some(id) => Err(GraphError::NeverWritten {
                tensor: self.tensors[id].name.clone(),
            }),
            None => Ok(()),
        }
    }
}
