//! What remains on the host: the order of outputs, Softmax, ArgMax.

use super::view::{Axis, View};
use crate::integer::{HostOp, Shape};

/// Host operations that bring a tensor into the order and shape of the float tensor, without its batch axis.
pub(super) fn layout_ops(view: &View, dimensions: &[usize]) -> Vec<HostOp> {
    let mut order = view.order();
    order.extend(
        Axis::ALL
            .into_iter()
            .filter(|axis| !view.order().contains(axis)),
    );
    let axes = [order[0] as usize, order[1] as usize, order[2] as usize];
    let mut ops = Vec::new();
    if view.order().windows(2).any(|pair| pair[0] > pair[1]) {
        ops.push(HostOp::Transpose(axes));
    }
    ops.push(HostOp::Reshape(without_batch(dimensions)));
    ops
}

/// The shape without its first axis, if that has one element.
pub(super) fn without_batch(dimensions: &[usize]) -> Vec<usize> {
    match dimensions {
        [1, rest @ ..] => rest.to_vec(),
        all => all.to_vec(),
    }
}

/// Whether `axis` (negative from the end) is the last one with more than one element; if `merge`, together with
/// all after it.
pub(super) fn is_last_axis(dimensions: &[usize], axis: i64, merge: bool) -> Option<usize> {
    let rank = dimensions.len() as i64;
    let axis = usize::try_from(if axis < 0 { axis + rank } else { axis })
        .ok()
        .filter(|&a| a < dimensions.len())?;
    let tail: usize = dimensions[axis + 1..].iter().product();
    let own = dimensions[axis];
    (tail == 1 || own == 1 && merge || own == 1 && tail == *dimensions.last()?).then_some(axis)
}

/// Sizes of the tensor with everything up to the last axis of more than one element kept and the rest dropped.
pub(super) fn trimmed(dimensions: &[usize]) -> Vec<usize> {
    let mut sizes = without_batch(dimensions);
    while sizes.len() > 1 && sizes.last() == Some(&1) {
        sizes.pop();
    }
    sizes
}

/// Shape of a float tensor of the graph, for messages.
pub(super) fn describe(view: &View, shape: Shape) -> String {
    let name = |axes: &Vec<Axis>| {
        if axes.is_empty() {
            "1".to_string()
        } else {
            axes.iter()
                .map(|a| format!("{a:?}{}", a.of(shape)))
                .collect()
        }
    };
    format!(
        "[{}]",
        view.axes.iter().map(name).collect::<Vec<_>>().join(", ")
    )
}
