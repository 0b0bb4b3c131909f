//! Sum memory: scaled sums of the input part wait here for those of the recurrent part.

use systole_arch::Arch;

use super::lane_shift::OPERAND_BITS;
use crate::rt::prelude::*;

/// One row of `P` sums for each beat of a step. One memory for each lane.
#[derive(LogicBlock)]
pub struct SumMemory {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// A row is written.
    pub write: Flag<In>,
    /// Which one.
    pub write_row: Sig<In>,
    /// Its sums.
    pub write_sums: Vec<Sig<In>>,
    /// Row to read.
    pub read_row: Sig<In>,
    /// Its sums, two cycles later.
    pub read_sums: Vec<Sig<Out>>,
    memory: Vec<Ram>,
    written: Vec<Sig<Local>>,
    lanes: Size,
}

impl SumMemory {
    /// The sum memory of one configuration.
    pub fn new(arch: &Arch) -> Self {
        let row = address_width(arch.sum_rows());
        let memory = || {
            Ram::new(arch.sum_rows(), OPERAND_BITS)
                .with_output_register()
                .without_collisions()
        };
        SumMemory {
            doc: Doc::new(
                "sum_memory",
                "Scaled sums of the input part of a recurrent layer, one row for each beat of a step.",
            )
            .port("read_sums", "two cycles after read_row"),
            clock: Signal::default(),
            write: Flag::new(),
            write_row: Sig::uint(row),
            write_sums: Sig::int_lanes(arch.lanes, OPERAND_BITS),
            read_row: Sig::uint(row),
            read_sums: Sig::int_lanes(arch.lanes, OPERAND_BITS),
            memory: (0..arch.lanes).map(|_| memory()).collect(),
            written: Sig::uint_lanes(arch.lanes, OPERAND_BITS),
            lanes: Size::new(arch.lanes),
        }
    }
}

impl Logic for SumMemory {
    #[hdl_gen]
    fn update(&mut self) {
        for i in 0..self.lanes.n {
            self.memory[i].clock.next = self.clock.val();
            self.written[i].next = self.write_sums[i].val();
            self.memory[i].write_enable.next = self.write.val();
            self.memory[i].write_address.next = self.write_row.val();
            self.memory[i].write_data.next = self.written[i].val();
            self.memory[i].read_address.next = self.read_row.val();
            self.read_sums[i].next = self.memory[i].read_data.val();
        }
    }
}
