//! Bytes of a signal in chunks, and the results of chunks put together.

use std::ops::Range;

use super::ChunkError;
use super::axes::{extent, outer};
use crate::integer::{IntGraph, StepAxis};

impl IntGraph {
    /// These steps of a signal: of each input, in NHWC order. Steps behind the end of the signal are left out.
    ///
    /// # Errors
    /// The first layer that does not work step by step.
    pub fn cut_steps(
        &self,
        inputs: &[Vec<i8>],
        steps: Range<usize>,
    ) -> Result<Vec<Vec<i8>>, ChunkError> {
        let axes = self.step_axes()?;
        let mut cut = Vec::with_capacity(inputs.len());
        for (&id, values) in self.inputs.iter().zip(inputs) {
            let Some(axis) = axes[id] else {
                cut.push(values.clone());
                continue;
            };
            let shape = self.tensors[id].shape;
            let (count, of_row) = (
                extent(shape, axis),
                values.len() / outer(shape, axis).max(1),
            );
            let step = of_row / count.max(1);
            let part = steps.start.min(count) * step..steps.end.min(count) * step;
            let rows = values.chunks(of_row.max(1));
            cut.push(rows.flat_map(|row| row[part.clone()].to_vec()).collect());
        }
        Ok(cut)
    }

    /// The outputs of a signal from those of its chunks: the steps one after the other; of what is behind the last step, the
    /// latest.
    ///
    /// # Errors
    /// The first layer that does not work step by step.
    pub fn join_steps(&self, chunks: &[Vec<Vec<i8>>]) -> Result<Vec<Vec<i8>>, ChunkError> {
        let axes = self.step_axes()?;
        let joined = |(n, &id): (usize, &usize)| {
            let parts: Vec<&[i8]> = chunks
                .iter()
                .filter_map(|outputs| outputs.get(n).map(Vec::as_slice))
                .collect();
            match axes[id] {
                None => parts.last().map_or_else(Vec::new, |last| last.to_vec()),
                Some(StepAxis::Rows) => parts.concat(),
                Some(StepAxis::Columns) => side_by_side(&parts, self.tensors[id].shape.h),
            }
        };
        Ok(self.outputs.iter().enumerate().map(joined).collect())
    }
}

/// Images of `rows` rows, one beside the other.
fn side_by_side(parts: &[&[i8]], rows: usize) -> Vec<i8> {
    let row = |y: usize| {
        parts.iter().flat_map(move |part| {
            let width = part.len() / rows.max(1);
            part[y * width..(y + 1) * width].iter().copied()
        })
    };
    (0..rows).flat_map(row).collect()
}
