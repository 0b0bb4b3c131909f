//! Models that do not fit a configuration: the layer and the value to enlarge.

use crate::bench::{images, npz};
use crate::{Bench, model_bytes as model};
use systole_arch::config::PRESETS;

#[test]
fn models_too_large() {
    let mut bench = Bench::new();
    bench.write("large.onnx", &model::many_weights().bytes());
    bench.write("large.npz", &npz(&[("x", images(8, &[32, 4, 4]))]));
    bench.write("tables.onnx", &model::two_tables().bytes());
    bench.works("quantize large.onnx --calib large.npz -o large.sysq");
    bench.works("quantize good.onnx --calib good.npz -o good.sysq");
    bench.works("quantize tables.onnx --calib good.npz -o tables.sysq");
    let (_, good) = PRESETS.iter().find(|(name, _)| *name == "4x4").unwrap();
    let cases = [
        (
            "weights",
            "large",
            "weight_depth = 4096",
            "weight_depth = 256",
        ),
        (
            "activations",
            "large",
            "bank_words = 4096",
            "bank_words = 64",
        ),
        (
            "biases and multipliers",
            "large",
            "param_rows = 512",
            "param_rows = 32",
        ),
        (
            "instructions",
            "good",
            "program_words = 2048",
            "program_words = 64",
        ),
        ("tables", "tables", "table_slots = 1", "table_slots = 0"),
    ];
    for (what, network, from, to) in cases {
        let text = good.replace(from, to);
        assert_ne!(text, *good, "{what}");
        bench.write("small.toml", text.as_bytes());
        bench.refuses(
            &format!("too many {what}: {to}"),
            &format!("compile {network}.sysq --arch small.toml -o out.sysp"),
        );
    }
    bench.write(
        "small.toml",
        good.replace("weight_depth = 4096", "weight_depth = 256")
            .as_bytes(),
    );
    bench.refuses(
        "the same while running",
        "run large.onnx --calib large.npz --test large.npz --arch small.toml --json out.json --report out.html",
    );
    insta::assert_snapshot!(bench.page());
}
