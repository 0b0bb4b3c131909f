//! Networks that cannot be fed in chunks: the layer, and what to do.

use crate::bench::{images, labels, npz};
use crate::{Bench, model_bytes as model};

#[test]
fn networks_without_chunks() {
    let mut bench = Bench::new();
    bench.write("reverse.onnx", &model::reverse_sequence().bytes());
    let data = [("x", images(8, &[6, 4])), ("y", labels(8))];
    bench.write("series.npz", &npz(&data));
    bench.refuses(
        "no recurrent layer",
        "run good.onnx --calib good.npz --test good.npz --chunk 2 --json out.json",
    );
    bench.refuses(
        "a layer that runs backwards",
        "run reverse.onnx --calib series.npz --test series.npz --chunk 2 --json out.json",
    );
    insta::assert_snapshot!(bench.page());
}
