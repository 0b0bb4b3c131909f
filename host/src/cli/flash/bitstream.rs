//! Which file goes into the board, and whether it is one for it.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;
use systole_arch::boards::Board;
use systole_arch::boards::part::Family;
use systole_sim::sha256_hex;

use crate::cli::build::{BUILD_REPORT, bitstream_file};

/// What matters here of the report of a build.
#[derive(Deserialize)]
struct Built {
    board: String,
    bitstream: Option<String>,
}

/// The bitstream for a board: a file, or that of the folder of a build.
pub(super) fn find(from: &Path, board: &Board) -> anyhow::Result<PathBuf> {
    let file = match from.is_dir() {
        true => of_build(from, board)?,
        false => from.to_path_buf(),
    };
    let bytes = read(&file)?;
    let family = board.part.family;
    if !is_bitstream(family, &bytes) {
        anyhow::bail!(
            "{}: not a bitstream for the {} of `{}`\n  hint: `systole build --board {} -o DIR` writes one",
            file.display(),
            family.name(),
            board.name(),
            board.name()
        );
    }
    Ok(file)
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| {
        format!(
            "{}: cannot be read\n  hint: give a bitstream, or the folder of `systole build`",
            path.display()
        )
    })
}

/// The bitstream of a folder: for this board, and still the one that was built.
fn of_build(folder: &Path, board: &Board) -> anyhow::Result<PathBuf> {
    let path = folder.join(BUILD_REPORT);
    let text = std::fs::read_to_string(&path).with_context(|| {
        format!(
            "{}: there is no report of a build\n  hint: `systole build --board {} -o {}`",
            path.display(),
            board.name(),
            folder.display()
        )
    })?;
    let built: Built = serde_json::from_str(&text)
        .with_context(|| format!("{}: not a report of a build", path.display()))?;
    if built.board != board.name() {
        anyhow::bail!(
            "{}: this build is for the board `{}`, not for `{}`\n  hint: `--board {}`, if that is the one on the cable",
            folder.display(),
            built.board,
            board.name(),
            built.board
        );
    }
    let wanted = built.bitstream.with_context(|| {
        format!(
            "{}: this build ended before there was a bitstream\n  hint: build again, until `pack` at least",
            folder.display()
        )
    })?;
    let file = folder.join(bitstream_file(board.part.family));
    let found = sha256_hex(&read(&file)?);
    if found != wanted {
        anyhow::bail!(
            "{}: SHA-256 {found:.16} is not that of the build, {wanted:.16}\n  hint: the file was changed since; build again, or name the \
             file itself if it is meant",
            file.display()
        );
    }
    Ok(file)
}

/// Whether the bytes begin as the bitstreams of a family do.
fn is_bitstream(family: Family, bytes: &[u8]) -> bool {
    // Comments come first, then the word with which the device begins to listen.
    let head = &bytes[..bytes.len().min(4096)];
    let holds = |word: &[u8]| head.windows(word.len()).any(|part| part == word);
    match family {
        Family::Ecp5 => holds(&[0xff, 0xff, 0xbd, 0xb3]),
        Family::Ice40 => holds(&[0x7e, 0xaa, 0x99, 0x7e]),
        // Text: digits of bits, the same word among them.
        Family::Gowin => {
            let lines = head.split(|byte| *byte == b'\n');
            let mut bits = lines.filter(|line| !line.is_empty() && !line.starts_with(b"//"));
            bits.next().is_some_and(|line| {
                let line = line.trim_ascii_end();
                line.len() % 8 == 0 && line.iter().all(|byte| matches!(byte, b'0' | b'1'))
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bitstreams_are_told_apart() {
        let files: [(Family, &[u8]); 3] = [
            (
                Family::Ecp5,
                b"\xff\x00Part: LFE5U-12F-6CABGA381\x00\xff\xff\xbd\xb3\xff",
            ),
            (Family::Ice40, b"\xff\x00\x00\xff\x7e\xaa\x99\x7e\x51\x00"),
            (
                Family::Gowin,
                b"//Part\n1111111111111111\n1010010111000011\n",
            ),
        ];
        for (family, bytes) in files {
            for (of, _) in files {
                assert_eq!(is_bitstream(of, bytes), of == family, "{of:?} {family:?}");
            }
            assert!(!is_bitstream(family, b""));
            assert!(!is_bitstream(family, b"{\"board\": \"x\"}"));
        }
    }
}
