//! Places and wires to a bitstream, and back: what is in the file must be what was packed.

use std::path::Path;

use systole_arch::boards::Board;
use systole_arch::boards::part::Family;

use super::place_route::configuration;
use super::step::{Artifact, Step, cached, identity};
use crate::command::call;
use crate::error::{Error, Result, io};
use crate::hash::{Key, sha256_hex};

/// Name of the bitstream of a family.
pub fn bitstream(family: Family) -> &'static str {
    match family {
        Family::Ecp5 => "board.bit",
        Family::Ice40 => "board.bin",
        Family::Gowin => "board.fs",
    }
}

fn packer(family: Family) -> &'static str {
    match family {
        Family::Ecp5 => "ecppack",
        Family::Ice40 => "icepack",
        Family::Gowin => "gowin_pack",
    }
}

/// Options of the packer, those of the board included.
fn options(board: &Board) -> Vec<String> {
    let mut options: Vec<String> = match board.part.family {
        Family::Ecp5 => vec!["--compress".to_owned()],
        Family::Ice40 => Vec::new(),
        Family::Gowin => vec!["-d".to_owned(), board.part.gowin_die().to_owned()],
    };
    if let Some(pack) = &board.sheet.pack {
        options.extend(pack.options.iter().cloned());
    }
    options
}

fn run_packer(board: &Board, stage: &Path) -> Result<()> {
    let family = board.part.family;
    let (from, to) = (configuration(family), bitstream(family));
    let files = match family {
        Family::Gowin => ["-o", to, from].map(str::to_owned).to_vec(),
        _ => [from, to].map(str::to_owned).to_vec(),
    };
    let mut arguments = options(board);
    arguments.extend(files);
    call(packer(family), board.name(), stage, &arguments)?;
    Ok(())
}

/// Packs a routed design; the bitstream is `board.bit`, `.bin` or `.fs` in the folder.
///
/// # Errors
/// [`Error::ToolMissing`], [`Error::Synthesis`], [`Error::Io`].
pub fn pack(routed: &Artifact, board: &Board) -> Result<(Artifact, String)> {
    let family = board.part.family;
    let name = configuration(family);
    let key = Key::default()
        .part(
            "configuration",
            routed.digest(name).unwrap_or_default().as_bytes(),
        )
        .part("options", options(board).join(" ").as_bytes());
    let artifact = cached(Step::Pack, &[identity(packer(family))?], key, |stage| {
        let (from, to) = (routed.file(name), stage.join(name));
        std::fs::copy(&from, &to).map_err(io("copying", from))?;
        run_packer(board, stage)?;
        Ok(vec![bitstream(family).to_owned()])
    })?;
    Ok((artifact, bitstream(family).to_owned()))
}

/// Unpacks a bitstream and packs what came out again: the same bytes, or an error. `None` where no tool unpacks (Gowin).
///
/// # Errors
/// [`Error::Synthesis`] for other bytes; [`Error::ToolMissing`], [`Error::Io`].
pub fn unpack_and_pack(packed: &Artifact, board: &Board) -> Result<Option<Artifact>> {
    let family = board.part.family;
    let unpacker = match family {
        Family::Ecp5 => "ecpunpack",
        Family::Ice40 => "iceunpack",
        Family::Gowin => return Ok(None),
    };
    let name = bitstream(family);
    let wanted = packed.digest(name).unwrap_or_default().to_owned();
    let key = Key::default()
        .part("bitstream", wanted.as_bytes())
        .part("options", options(board).join(" ").as_bytes());
    let tools = [identity(unpacker)?, identity(packer(family))?];
    let artifact = cached(Step::Verify, &tools, key, |stage| {
        let (from, to) = (packed.file(name), stage.join("packed"));
        std::fs::copy(&from, &to).map_err(io("copying", from))?;
        let unpacked = configuration(family);
        call(unpacker, board.name(), stage, &["packed", unpacked])?;
        run_packer(board, stage)?;
        let path = stage.join(name);
        let bytes = std::fs::read(&path).map_err(io("reading", path))?;
        if sha256_hex(&bytes) != wanted {
            return Err(Error::Synthesis {
                tool: unpacker,
                top: board.name().to_owned(),
                log: "the bitstream, unpacked and packed again, has other bytes".to_owned(),
            });
        }
        Ok(vec![unpacked.to_owned()])
    })?;
    Ok(Some(artifact))
}
