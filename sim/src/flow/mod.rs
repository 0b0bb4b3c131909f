//! From Verilog to a bitstream with open tools: synthesis, place and route, packing, for every family of parts that boards have.
//!
//! Each step is an entry of a cache: a folder named after the digest of everything that went in (texts, arguments, tools). It holds what the step
//! made, the log of the tool, and `step.json` with the time and the memory that it took. A step that was cut off leaves nothing.
//! The tools are deterministic: the same inputs give the same bytes.

mod decode;
mod hard_registers;
mod level;
mod modules;
mod pack;
mod place_route;
mod rings;
mod step;
mod synthesize;
mod timing;
mod usage;

pub use level::{AtLevel, Level, Stages};
pub(crate) use modules::luts_in;
pub use modules::{InstanceCells, by_instance};
pub use pack::{bitstream, pack, unpack_and_pack};
pub use place_route::{PlaceRoute, ROUTED, place_and_route};
pub use step::{Artifact, Record, Step, identity};
pub(crate) use synthesize::ecp5;
pub use synthesize::{NETLIST, Synthesis, synthesize};
pub use timing::{ClockReport, Hop, Timing};
