//! Samples a model is run on.

use ndarray::ArrayD;

use super::CalibrateError;
use crate::float::Graph;

/// Samples; each holds one array for each input of the model, with the input's exact shape (batch of 1 included).
#[derive(Debug, Clone, Default)]
pub struct Dataset {
    /// The samples, in order.
    pub samples: Vec<Vec<ArrayD<f32>>>,
}

impl Dataset {
    /// Samples of a model with one input.
    #[must_use]
    pub fn from_images(images: Vec<ArrayD<f32>>) -> Self {
        Self {
            samples: images.into_iter().map(|image| vec![image]).collect(),
        }
    }

    /// Number of samples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether there are no samples.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }
}

/// Every sample fits the inputs of the graph and holds numbers only.
pub(super) fn check(graph: &Graph, data: &Dataset) -> Result<(), CalibrateError> {
    let model = || graph.name.clone();
    if data.is_empty() {
        return Err(CalibrateError::Empty { model: model() });
    }
    for (sample, arrays) in data.samples.iter().enumerate() {
        let (found, expected) = (arrays.len(), graph.inputs.len());
        if found != expected {
            return Err(CalibrateError::InputCount {
                model: model(),
                sample,
                found,
                expected,
            });
        }
        for (array, &id) in arrays.iter().zip(&graph.inputs) {
            let (input, expected) = (graph.tensor(id).name.clone(), graph.shape(id));
            if array.shape() != expected {
                let (found, expected) = (array.shape().to_vec(), expected.to_vec());
                return Err(CalibrateError::Shape {
                    model: model(),
                    input,
                    sample,
                    found,
                    expected,
                });
            }
            if array.iter().any(|v| !v.is_finite()) {
                return Err(CalibrateError::NotFinite {
                    model: model(),
                    input,
                    sample,
                });
            }
        }
    }
    Ok(())
}
