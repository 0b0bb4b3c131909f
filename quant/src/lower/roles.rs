//! Which axis of a graph input is rows, columns and channels. The file does not say; the first operator that cares does.
//!
//! A convolution after `Reshape [1, 49, 10, 1] -> [1, 1, 49, 10]` makes the second input axis its rows, for example.

use super::view::{Axis, View};
use crate::float::{Graph, Node, Op, TensorId};
use crate::integer::Shape;

/// The physical axis of each axis of an input but the batch; all different. Up to three axes.
pub(super) fn input_axes(graph: &Graph, input: TensorId, batch: usize) -> Vec<Axis> {
    let mut dimensions = graph.shape(input).to_vec();
    dimensions.remove(batch);
    let mut extents = [1; 3];
    extents[..dimensions.len()].copy_from_slice(&dimensions);
    let shape = Shape::new(extents[0], extents[1], extents[2]);
    // While looking, input axes 1, 2, 3 are called H, W, C.
    let axes = Axis::ALL.iter().take(dimensions.len());
    let mut names: Vec<_> = axes.map(|&axis| Some(axis)).collect();
    names.insert(batch, None);
    let view = View::new(&names, shape);
    let wanted = first_roles(graph, input, &view, shape, 0).unwrap_or_else(|| default_roles(&view));
    assign(&wanted, dimensions.len())
}

/// Pairs of (input axis, role) that the first operator with an opinion asks for.
type Roles = Vec<(Axis, Axis)>;

fn first_roles(
    graph: &Graph,
    tensor: TensorId,
    view: &View,
    shape: Shape,
    depth: usize,
) -> Option<Roles> {
    if depth > 32 {
        return None;
    }
    graph.consumers(tensor).into_iter().find_map(|index| {
        let node = &graph.nodes[index];
        match &node.op {
            Op::Conv(_)
            | Op::MaxPool(_)
            | Op::AveragePool(_)
            | Op::GlobalAveragePool
            | Op::GlobalMaxPool => Some(default_roles(view)),
            Op::Recurrent(_) if node.input(0) == Some(tensor) => Some(step_roles(view)),
            Op::MatMul | Op::Gemm(_) if node.input(0) == Some(tensor) => Some(sequence_roles(view)),
            _ => {
                let next =
                    layout_step(graph, node, view, shape).unwrap_or_else(|| Some(view.clone()))?;
                first_roles(graph, node.output(0)?, &next, shape, depth + 1)
            }
        }
    })
}

/// `[N, C, H, W]`, `[N, C, W]`, `[N, C]`.
fn default_roles(view: &View) -> Roles {
    let roles: &[Axis] = match view.axes.len() {
        4 => &[Axis::C, Axis::H, Axis::W],
        3 => &[Axis::C, Axis::W],
        _ => &[Axis::C],
    };
    single_axes(view, roles)
}

/// `[N, W, C]`: a matrix product works along the last axis.
fn sequence_roles(view: &View) -> Roles {
    let roles: &[Axis] = match view.axes.len() {
        4 => &[Axis::H, Axis::W, Axis::C],
        3 => &[Axis::W, Axis::C],
        _ => &[],
    };
    single_axes(view, roles)
}

/// `[T, N, I]`: steps are rows, inputs of a step are channels.
fn step_roles(view: &View) -> Roles {
    match view.axes.as_slice() {
        [steps, _, inputs] => {
            let pairs = [(steps, Axis::H), (inputs, Axis::C)];
            let single = |(axes, role): (&Vec<Axis>, Axis)| {
                Some((*axes.first()?, role)).filter(|_| axes.len() == 1)
            };
            pairs.into_iter().filter_map(single).collect()
        }
        _ => Vec::new(),
    }
}

fn single_axes(view: &View, roles: &[Axis]) -> Roles {
    let pairs = view.axes.iter().skip(1).zip(roles);
    pairs
        .filter_map(|(axes, &role)| Some((*axes.first()?, role)).filter(|_| axes.len() == 1))
        .collect()
}

/// Gives each input axis its role, and the others what is left: channels last.
fn assign(wanted: &Roles, count: usize) -> Vec<Axis> {
    let axes = &Axis::ALL[..count];
    let role_of = |axis: &Axis| {
        wanted
            .iter()
            .find(|(from, _)| from == axis)
            .map(|&(_, role)| role)
    };
    let taken: Vec<Axis> = axes.iter().filter_map(role_of).collect();
    let free: Vec<Axis> = Axis::ALL
        .into_iter()
        .filter(|axis| !taken.contains(axis))
        .collect();
    let open = axes.iter().filter(|axis| role_of(axis).is_none()).count();
    let mut free = free.into_iter().rev().take(open).rev();
    axes.iter()
        .filter_map(|axis| role_of(axis).or_else(|| free.next()))
        .collect()
}

/// The view after an operator that moves no byte. `None`: not such an operator; `Some(None)`: it cannot be followed.
pub(super) fn layout_step(
    graph: &Graph,
    node: &Node,
    view: &View,
    shape: Shape,
) -> Option<Option<View>> {
    match &node.op {
        Op::Identity | Op::Dropout => Some(Some(view.clone())),
        Op::Transpose {
            permutation: Some(axes),
        } => Some(view.transposed(axes)),
        Op::Transpose { permutation: None } => {
            Some(view.transposed(&(0..view.axes.len()).rev().collect::<Vec<_>>()))
        }
        Op::Flatten { .. } | Op::Reshape { .. } | Op::Squeeze { .. } | Op::Unsqueeze { .. } => {
            Some(
                node.output(0)
                    .and_then(|id| view.reshaped(graph.shape(id), shape)),
            )
        }
        _ => None,
    }
}
