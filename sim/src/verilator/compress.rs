//! The two compressors that waveform files need: the system's where installed, else our stored stand-ins.

use super::compiler::Compiler;
use super::sources::write;
use crate::error::{Result, io};
use std::path::Path;

/// Header, library flag and stand-in.
const COMPRESSORS: [(&str, &str, &str); 2] = [
    ("lz4.h", "-llz4", include_str!("../../shim/compress/lz4.h")),
    ("zlib.h", "-lz", include_str!("../../shim/compress/zlib.h")),
];

/// What a waveform build links and what it brings itself.
#[derive(Default)]
pub(crate) struct Compressors {
    /// Flags of the libraries that the system has.
    pub(crate) libraries: Vec<&'static str>,
    /// Headers that it lacks, with our text.
    stand_ins: Vec<(&'static str, &'static str)>,
}

impl Compressors {
    /// Tries to link each.
    pub(crate) fn find(compiler: &Compiler) -> Result<Self> {
        let folder =
            tempfile::tempdir().map_err(io("creating a folder in", std::env::temp_dir()))?;
        let mut found = Compressors::default();
        for (header, library, text) in COMPRESSORS {
            if compiler.can_link(header, library, folder.path())? {
                found.libraries.push(library);
            } else {
                found.stand_ins.push((header, text));
            }
        }
        Ok(found)
    }

    /// What a cache key needs to know.
    pub(crate) fn identity(&self) -> String {
        let texts: String = self.stand_ins.iter().map(|(_, text)| *text).collect();
        format!("{:?}{texts}", self.libraries)
    }

    /// Writes the stand-ins into `folder`, which is on the include path.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        self.stand_ins
            .iter()
            .try_for_each(|(header, text)| write(&folder.join(header), text))
    }
}
