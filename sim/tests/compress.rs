//! The stored stand-ins for zlib and lz4, read back by independent decoders.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod common;

use common::have;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use systole_sim::tools;

/// Reads standard input, writes it through one of the two functions.
const PROGRAM: &str = r#"
#include <lz4.h>
#include <zlib.h>
#include <iostream>
#include <iterator>
#include <string>
int main(int count, char**) {
    const std::string in{std::istreambuf_iterator<char>(std::cin), {}};
    const int size = static_cast<int>(in.size());
    std::string out(count > 1 ? compressBound(in.size()) : LZ4_compressBound(size), 0);
    uLongf used = out.size();
    if (count > 1) {
        if (compress2(reinterpret_cast<Bytef*>(&out[0]), &used, reinterpret_cast<const Bytef*>(in.data()), in.size(), 9))
            return 1;
    } else {
        used = LZ4_compress_default(in.data(), &out[0], size, static_cast<int>(out.size()));
    }
    std::cout.write(out.data(), used);
}
"#;

fn pass_through(program: &Path, zlib: bool, data: &[u8]) -> Vec<u8> {
    let mut command = Command::new(program);
    if zlib {
        command.arg("zlib");
    }
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let data = data.to_vec();
    let writer = std::thread::spawn(move || input.write_all(&data).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    output.stdout
}

#[test]
fn stand_ins_are_understood_by_real_decoders() {
    if !have(&["cxx"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (source, program) = (folder.path().join("main.cpp"), folder.path().join("main"));
    std::fs::write(&source, PROGRAM).unwrap();
    let stand_ins = Path::new(env!("CARGO_MANIFEST_DIR")).join("shim/compress");
    let mut compiler = tools::find("cxx").unwrap().command();
    let built = compiler
        .arg("-I")
        .arg(stand_ins)
        .arg("-std=c++17")
        .arg(&source)
        .arg("-o")
        .arg(&program)
        .status();
    assert!(built.unwrap().success());
    for length in [
        1, 14, 15, 16, 269, 270, 271, 524, 525, 526, 65_534, 65_535, 65_536, 131_070, 200_000,
    ] {
        let data: Vec<u8> = (0..length as u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        let zlib = pass_through(&program, true, &data);
        let decoded = miniz_oxide::inflate::decompress_to_vec_zlib(&zlib);
        assert!(
            decoded.is_ok_and(|bytes| bytes == data),
            "zlib, {length} bytes"
        );
        let lz4 = pass_through(&program, false, &data);
        let decoded = lz4_flex::block::decompress(&lz4, length);
        assert!(
            decoded.is_ok_and(|bytes| bytes == data),
            "lz4, {length} bytes"
        );
    }
}
