//! Networks over another number of steps: what works step by step is stretched everywhere, all else is refused by name.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use systole_quant::integer::random::{Builder, Form};
use systole_quant::integer::{
    Cell, ChunkError, HostOp, InputLayout, IntGraph, LayerOp, Shape, StepAxis, TensorId, Window,
};

const LSTM: Cell = Cell::Lstm {
    cell_fraction_bits: 0,
};

fn form(steps: StepAxis) -> Form {
    Form {
        cell: LSTM,
        steps,
        reverse: false,
        hidden: 3,
        hidden_bits: 8,
        initial: false,
    }
}

/// A recurrent layer over rows behind whatever `front` makes, with `back` behind it.
fn network(
    input: Shape,
    front: impl Fn(&mut Builder, TensorId) -> TensorId,
    back: impl Fn(&mut Builder, TensorId) -> TensorId,
) -> IntGraph {
    let mut b = Builder::new(5);
    let x = b.input(input);
    let y = front(&mut b, x);
    let y = b.recurrent_layer(y, form(StepAxis::Rows));
    back(&mut b, y);
    b.finish().0
}

fn same(_: &mut Builder, x: TensorId) -> TensorId {
    x
}

fn window(kernel: [usize; 2], pads: [usize; 4]) -> Window {
    Window {
        kernel,
        pads,
        ..Window::ONE
    }
}

#[test]
fn a_network_is_stretched_and_stays_itself() {
    let graph = network(
        Shape::new(7, 4, 2),
        |b, x| b.conv(x, window([1, 3], [0, 1, 0, 0]), 1, 5, None).unwrap(),
        |b, y| {
            let last = b.part(y, [6, 0, 0], Shape::vector(3));
            b.conv(last, Window::ONE, 1, 2, None).unwrap()
        },
    );
    assert_eq!(graph.steps(), Ok(7));
    assert_eq!(graph.with_steps(7), Ok(graph.clone()));
    let longer = graph.with_steps(30).unwrap();
    assert_eq!(longer.validate(), Ok(()));
    assert_eq!(longer.steps(), Ok(30));
    assert_eq!(longer.tensors[longer.outputs[0]].shape, Shape::vector(2));
    let begins = longer.layers.iter().find_map(|layer| match layer.op {
        LayerOp::Slice { begin } => Some(begin),
        _ => None,
    });
    assert_eq!(begins, Some([29, 0, 0]));
    assert_eq!(longer.with_steps(7), Ok(graph.clone()));
    assert_eq!(graph.with_steps(0), Err(ChunkError::Empty));
}

/// Layers that mix steps, each with a part of what the message has to say.
#[test]
fn what_mixes_steps_is_refused_by_name() {
    let frame = Shape::new(6, 4, 2);
    let across = "covers several steps";
    let refused = [
        (
            network(
                frame,
                |b, x| b.conv(x, window([2, 1], [0; 4]), 1, 5, None).unwrap(),
                same,
            ),
            "Conv0",
            across,
        ),
        (
            network(
                frame,
                |b, x| b.max_pool(x, window([3, 1], [1, 0, 1, 0])).unwrap(),
                same,
            ),
            "MaxPool0",
            across,
        ),
        (
            network(
                frame,
                |b, x| b.average_pool(x, Window::whole(frame), false).unwrap(),
                same,
            ),
            "AveragePool0",
            across,
        ),
        (
            network(frame, |b, x| b.pad(x, [1, 0, 0, 0]), same),
            "Pad0",
            "adds steps",
        ),
        (
            network(frame, |b, x| b.concat(&[x, x], 0), same),
            "Concat0",
            "end to end",
        ),
        (
            network(
                frame,
                |b, x| b.part(x, [2, 0, 0], Shape::new(2, 4, 2)),
                same,
            ),
            "Slice0",
            "other than the last",
        ),
        (
            network(frame, |b, x| b.reshape(x, Shape::new(3, 8, 2)), same),
            "Reshape0",
            "mixes steps",
        ),
        (
            network(frame, same, |b, y| {
                b.conv(y, Window::whole(b.shape_of(y)), 1, 2, None).unwrap()
            }),
            "Conv1",
            across,
        ),
        (
            network(frame, same, |b, y| {
                let last = b.part(y, [5, 0, 0], Shape::vector(3));
                b.recurrent_layer(last, form(StepAxis::Rows))
            }),
            "LSTM2",
            "one step of a sequence",
        ),
    ];
    for (graph, layer, why) in refused {
        let text = graph.with_steps(3).unwrap_err().to_string();
        assert!(
            text.contains(&format!("'{layer}'")) && text.contains(why),
            "{text}"
        );
    }
}

#[test]
fn reverse_layers_and_networks_without_states_are_refused() {
    let graph = network(Shape::new(6, 1, 2), same, |b, y| {
        let reverse = true;
        b.recurrent_layer(
            y,
            Form {
                reverse,
                ..form(StepAxis::Rows)
            },
        )
    });
    let text = graph.steps().unwrap_err().to_string();
    assert!(
        text.contains("'LSTM1' runs from the last step to the first"),
        "{text}"
    );
    let mut b = Builder::new(1);
    let x = b.input(Shape::new(3, 3, 3));
    b.requantize(x);
    let (graph, _) = b.finish();
    assert!(matches!(
        graph.steps(),
        Err(ChunkError::NoRecurrentLayer { .. })
    ));
}

/// The columns of an image; the model has channels first, the output steps last.
#[test]
fn host_data_is_stretched_along_its_own_axes() {
    let mut b = Builder::new(3);
    let x = b.input(Shape::new(4, 9, 2));
    b.recurrent_layer(x, form(StepAxis::Columns));
    let (mut graph, inputs) = b.finish();
    graph.input_layouts = vec![InputLayout {
        shape: vec![2, 4, 9],
        permutation: vec![1, 2, 0],
    }];
    graph.host_ops = vec![vec![
        HostOp::Softmax,
        HostOp::Transpose([1, 2, 0]),
        HostOp::Reshape(vec![3, 9]),
    ]];
    let chunk = graph.with_steps(2).unwrap();
    assert_eq!(chunk.validate(), Ok(()));
    assert_eq!(chunk.input_layouts[0].shape, [2, 4, 2]);
    assert_eq!(chunk.host_ops[0][2], HostOp::Reshape(vec![3, 2]));
    graph.host_ops = vec![vec![HostOp::Transpose([1, 2, 0]), HostOp::Softmax]];
    let text = graph.with_steps(2).unwrap_err().to_string();
    assert!(text.contains("the steps are no axis of output"), "{text}");
    // Two columns of every row, then the others: together the image, row by row.
    let parts = [0..2, 2..9].map(|steps| graph.cut_steps(&inputs, steps).unwrap());
    assert_eq!(parts[0][0].len(), 4 * 2 * 2);
    let row = |part: &[i8], y: usize, width: usize| part[y * width..(y + 1) * width].to_vec();
    let rows = (0..4).flat_map(|y| [row(&parts[0][0], y, 4), row(&parts[1][0], y, 14)].concat());
    assert_eq!(rows.collect::<Vec<_>>(), inputs[0]);
}
