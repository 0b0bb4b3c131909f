//! Calibration and test data that do not fit the model, or are no data at all.

use crate::Bench;
use crate::bench::{add, archive, images, labels, npz};

fn bench() -> Bench {
    let bench = Bench::new();
    let good = || images(8, &[2, 4, 4]);
    let whole = bench.read("good.npz");
    bench.write("text.npz", b"x,y\n1,2\n");
    bench.write("cut.npz", &whole[..whole.len() / 2]);
    bench.write("shape.npz", &npz(&[("x", images(8, &[3, 5, 5]))]));
    bench.write("none.npz", &npz(&[("x", images(0, &[2, 4, 4]))]));
    bench.write(
        "names.npz",
        &npz(&[("pictures", good()), ("classes", labels(8))]),
    );
    bench.write("labels.npz", &npz(&[("x", good()), ("y", labels(7))]));
    let mut nan = good();
    nan[[3, 1, 2, 2]] = f32::NAN;
    bench.write("nan.npz", &npz(&[("x", nan)]));
    bench.write("same.npz", &npz(&[("x", good().mapv(|_| 0.25))]));
    bench.write("empty.npz", &npz(&[]));
    let real = archive(|npz| {
        add(npz, "x", &good());
        add(npz, "y", &labels(8));
    });
    bench.write("real.npz", &real);
    bench
}

#[test]
fn calibration_data() {
    let mut bench = bench();
    for (about, name) in [
        ("no such file", "missing.npz"),
        ("a file that is no archive", "text.npz"),
        ("an archive that is cut off", "cut.npz"),
        ("an archive without arrays", "empty.npz"),
        ("arrays under unknown names", "names.npz"),
        ("samples of another shape", "shape.npz"),
        ("no samples", "none.npz"),
        ("a sample with NaN", "nan.npz"),
        ("samples that are all the same", "same.npz"),
    ] {
        bench.refuses(
            about,
            &format!("quantize good.onnx --calib {name} -o out.sysq"),
        );
    }
    bench.refuses(
        "an array that is not there",
        "quantize good.onnx --calib good.npz --inputs-key pictures -o out.sysq",
    );
    bench.refuses(
        "an input scale that is no number",
        "quantize good.onnx --calib good.npz --input-scale 1:255 -o out.sysq",
    );
    bench.refuses(
        "an input scale of zero",
        "quantize good.onnx --calib good.npz --input-scale 0 -o out.sysq",
    );
    bench.refuses(
        "ranges that are not known",
        "quantize good.onnx --calib good.npz --ranges best -o out.sysq",
    );
    insta::assert_snapshot!(bench.page());
}

#[test]
fn test_data() {
    let mut bench = bench();
    for (about, name) in [
        ("no such file", "missing.npz"),
        ("labels of another length", "labels.npz"),
        ("labels that are no integers", "real.npz"),
        ("samples of another shape", "shape.npz"),
    ] {
        bench.refuses(
            about,
            &format!("run good.onnx --calib good.npz --test {name} --arch 4x4 --json out.json"),
        );
    }
    insta::assert_snapshot!(bench.page());
}
