//! A folder with good files, commands that run in it, and the record of what they answered.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

use assert_cmd::Command;
use ndarray::{Array, ArrayD, IxDyn};
use ndarray_npy::{NpzWriter, WritableElement};

use crate::model_bytes;

/// One folder, one page of commands and answers.
pub(crate) struct Bench {
    folder: tempfile::TempDir,
    page: String,
}

impl Bench {
    /// A folder with a good model (`good.onnx`, 28 parameters) and good data for it (`good.npz`).
    pub(crate) fn new() -> Self {
        let bench = Bench {
            folder: tempfile::tempdir().unwrap(),
            page: String::new(),
        };
        bench.write("good.onnx", &model_bytes::good().bytes());
        bench.write(
            "good.npz",
            &npz(&[("x", images(8, &[2, 4, 4])), ("y", labels(8))]),
        );
        bench
    }

    /// Puts a file into the folder.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path().join(name), bytes).unwrap();
    }

    /// Reads a file of the folder.
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path().join(name)).unwrap()
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A command in this folder; `line` is split at spaces.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::cargo_bin("systole").unwrap();
        command
            .current_dir(self.path())
            .env("NO_COLOR", "1")
            .env_remove("SYSTOLE_LOG")
            .args(line.split(' '));
        command
    }

    /// A command that must work.
    pub(crate) fn works(&self, line: &str) -> String {
        let output = self.command(line).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{line}: {text}");
        text
    }

    /// A command that must be refused; `about` says what is wrong with its input.
    pub(crate) fn refuses(&mut self, about: &str, line: &str) {
        let command = self.command(line);
        self.refuses_command(about, line, command);
    }

    /// As [`Bench::refuses`], with a command that was prepared.
    pub(crate) fn refuses_command(&mut self, about: &str, line: &str, mut command: Command) {
        let before = listing(self.path());
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        let said = format!("{about}: {line}\n{stdout}{stderr}");
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(stdout.is_empty(), "{said}");
        assert!(!stderr.contains("panicked"), "{said}");
        let error = without_stages(&stderr);
        assert_eq!(error.matches("\nerror:").count(), 0, "{said}");
        assert!(error.starts_with("error:"), "{said}");
        assert_eq!(error.matches("\n  hint: ").count(), 1, "{said}");
        assert!(!error.contains("/tmp"), "{said}");
        assert_eq!(before, listing(self.path()), "files changed: {said}");
        self.page += &format!("# {about}\n$ systole {line}\n{error}\n");
    }

    /// Every answer so far, one after the other.
    pub(crate) fn page(&self) -> &str {
        &self.page
    }
}

/// The lines behind those that report stages and their times.
fn without_stages(stderr: &str) -> String {
    let stage = |line: &&str| line.starts_with(' ') && line.ends_with(" s");
    let lines = stderr.lines().skip_while(stage);
    lines.map(|line| format!("{line}\n")).collect()
}

/// Every file of a folder with its contents.
fn listing(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.insert(format!("{}/", path.display()), Vec::new());
            all.extend(listing(&path));
        } else {
            all.insert(path.display().to_string(), std::fs::read(&path).unwrap());
        }
    }
    all
}

/// Samples of different values.
pub(crate) fn images(count: usize, shape: &[usize]) -> ArrayD<f32> {
    let shape = [&[count], shape].concat();
    let mut state = 1u32;
    Array::from_shape_simple_fn(IxDyn(&shape), || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    })
}

/// Labels, kept as real numbers until [`npz`] writes them as integers.
pub(crate) fn labels(count: usize) -> ArrayD<f32> {
    Array::from_shape_fn(IxDyn(&[count]), |index| (index[0] % 3) as f32)
}

/// An archive: arrays named `y` are written as int64, the others as float32.
pub(crate) fn npz(arrays: &[(&str, ArrayD<f32>)]) -> Vec<u8> {
    archive(|npz| {
        for (name, array) in arrays {
            match *name {
                "y" => add(npz, name, &array.mapv(|value| value as i64)),
                _ => add(npz, name, array),
            }
        }
    })
}

/// An archive with whatever `fill` puts into it.
pub(crate) fn archive(fill: impl FnOnce(&mut NpzWriter<&mut Cursor<Vec<u8>>>)) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let mut npz = NpzWriter::new(&mut bytes);
    fill(&mut npz);
    npz.finish().unwrap();
    bytes.into_inner()
}

/// Adds one array.
pub(crate) fn add<T: WritableElement>(
    npz: &mut NpzWriter<&mut Cursor<Vec<u8>>>,
    name: &str,
    array: &ArrayD<T>,
) {
    npz.add_array(name, array).unwrap();
}
