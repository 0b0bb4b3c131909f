//! The accelerator: everything joined, with two byte streams to the host.

use systole_arch::map::FAULTS;
use systole_arch::{Arch, ArchError, Timing, timing};

use super::{
    ActivationMemory, AddressGenerator, Aligner, PostProcessing, Sequencer, WeightPort,
    post_processing_words,
};
use crate::array::{Array, ArraySizes, MaxPool, PlaneAccumulators};
use crate::link::Link;
use crate::rt::prelude::*;
use crate::rt::{EmitError, emit};

/// Why there is no Verilog.
#[derive(Debug, thiserror::Error)]
pub enum AcceleratorError {
    /// The configuration cannot be built.
    #[error(transparent)]
    Arch(#[from] ArchError),
    /// A block does not become Verilog: an error of this crate.
    #[error(transparent)]
    Emit(#[from] EmitError),
}

/// Verilog of the accelerator of one configuration; the top module is `accelerator`.
pub fn verilog(arch: &Arch) -> Result<String, AcceleratorError> {
    arch.check(&arch.name)?;
    Ok(emit("accelerator", &Accelerator::new(arch))?)
}

/// The whole system.
#[derive(LogicBlock)]
pub struct Accelerator {
    doc: Doc,
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset.
    pub reset: Flag<In>,
    /// Byte from the host.
    pub rx_data: Sig<In>,
    /// A byte is there.
    pub rx_valid: Flag<In>,
    /// It is taken.
    pub rx_ready: Flag<Out>,
    /// The line brought a byte without a stop bit: counted.
    pub rx_framing: Flag<In>,
    /// There was no room for a byte: counted.
    pub rx_lost: Flag<In>,
    /// Byte to the host.
    pub tx_data: Sig<Out>,
    /// A byte is there.
    pub tx_valid: Flag<Out>,
    /// It is taken.
    pub tx_ready: Flag<In>,
    /// A program runs.
    pub busy: Flag<Out>,
    /// The last program reached its END.
    pub done: Flag<Out>,
    /// The last run had a fault.
    pub fault: Flag<Out>,

    link: Link,
    sequencer: Sequencer,
    address_generator: AddressGenerator,
    memory: ActivationMemory,
    aligner: Aligner,
    weight_port: WeightPort,
    array: Array,
    sums_first: Delay,
    sums_plane: Delay,
    accumulators: PlaneAccumulators,
    vector_first: Delay,
    max_pool: MaxPool,
    post_processing: PostProcessing,
    later_reset: FlagReg,
    last_reset: FlagReg,
    running: FlagReg,
    ended: FlagReg,

    words: Size,
    post_words: Size,
    post_word: Vec<Size>,
    pair_bytes: Size,
    rows: Size,
    cols: Size,
    pool_lanes: Size,
    lanes: Size,
    run_while_busy: Size,
    bank_collision: Size,
    overrun: Size,
    late_fetch: Size,
    illegal_opcode: Size,
    post_overrun: Size,
}

/// Bit of a fault.
fn fault_bit(name: &str) -> Size {
    Size::new(
        FAULTS
            .iter()
            .find(|fault| fault.name == name)
            .map_or(0, |fault| fault.bit as usize),
    )
}

impl Accelerator {
    /// The accelerator of one configuration, which must be one that [`Arch::check`] accepts.
    pub fn new(arch: &Arch) -> Self {
        let sizes = ArraySizes::from(arch);
        let text = format!(
            "Systole accelerator, configuration {}: {} x {} array, {} results per cycle.\nConfiguration hash {}.",
            arch.name,
            arch.rows,
            arch.cols,
            arch.lanes,
            arch.hash_text()
        );
        Accelerator {
            doc: Doc::new("accelerator", text)
                .port("reset", "synchronous, active high")
                .port("rx_data", "bytes from the host: taken when valid and ready")
                .port(
                    "rx_framing",
                    "pulse: the line brought a byte without a stop bit; 0 where lines have none",
                )
                .port(
                    "rx_lost",
                    "pulse: there was no room for a byte before this module; else 0",
                )
                .port("tx_data", "bytes to the host")
                .port("busy", "a program runs")
                .port("done", "the last program reached its END")
                .port("fault", "the last run had a fault"),
            clock: Signal::default(),
            reset: Flag::new(),
            rx_data: Sig::uint(8),
            rx_valid: Flag::new(),
            rx_ready: Flag::new(),
            rx_framing: Flag::new(),
            rx_lost: Flag::new(),
            tx_data: Sig::uint(8),
            tx_valid: Flag::new(),
            tx_ready: Flag::new(),
            busy: Flag::new(),
            done: Flag::new(),
            fault: Flag::new(),
            link: Link::new(arch),
            sequencer: Sequencer::new(arch),
            address_generator: AddressGenerator::new(arch),
            memory: ActivationMemory::new(arch),
            aligner: Aligner::new(arch),
            weight_port: WeightPort::new(arch),
            array: Array::new(&sizes, arch.multipliers),
            sums_first: Delay::uint(1, Timing::new(arch).slot_to_sum() as usize),
            sums_plane: Delay::uint(1, Timing::new(arch).slot_to_sum() as usize),
            accumulators: PlaneAccumulators::new(arch.cols, sizes.sum_bits()),
            vector_first: Delay::uint(1, timing::SLOT_TO_VECTOR as usize),
            max_pool: MaxPool::new(arch.pool_lanes()),
            later_reset: FlagReg::new(),
            last_reset: FlagReg::new(),
            running: FlagReg::new(),
            ended: FlagReg::new(),
            post_processing: PostProcessing::new(arch),
            words: Size::new(systole_arch::isa::WORDS),
            post_words: Size::new(post_processing_words().len()),
            post_word: post_processing_words()
                .iter()
                .map(|word| Size::new(*word))
                .collect(),
            pair_bytes: Size::new(2 * arch.rows),
            rows: Size::new(arch.rows),
            cols: Size::new(arch.cols),
            pool_lanes: Size::new(arch.pool_lanes()),
            lanes: Size::new(arch.lanes),
            run_while_busy: fault_bit("run_while_busy"),
            bank_collision: fault_bit("bank_collision"),
            overrun: fault_bit("overrun"),
            late_fetch: fault_bit("late_fetch"),
            illegal_opcode: fault_bit("illegal_opcode"),
            post_overrun: fault_bit("post_overrun"),
        }
    }
}

impl Logic for Accelerator {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(
            self,
            clock,
            link,
            sequencer,
            address_generator,
            memory,
            aligner,
            weight_port,
            array
        );
        clock!(
            self,
            clock,
            sums_first,
            sums_plane,
            accumulators,
            vector_first,
            max_pool,
            post_processing,
            later_reset,
            last_reset,
            running,
            ended
        );
        // From register to register: none of them has to reach the whole device in one cycle.
        self.later_reset.d.next = self.reset.val();
        self.last_reset.d.next = self.later_reset.q.val();
        self.link.reset.next = self.reset.val();
        self.sequencer.reset.next = self.later_reset.q.val();
        self.address_generator.reset.next = self.later_reset.q.val();
        self.memory.reset.next = self.later_reset.q.val();
        self.weight_port.reset.next = self.later_reset.q.val();
        self.post_processing.reset.next = self.last_reset.q.val();

        // Host: byte streams, status, and the bus to all memories.
        self.link.rx_data.next = self.rx_data.val();
        self.link.rx_valid.next = self.rx_valid.val();
        self.rx_ready.next = self.link.rx_ready.val();
        self.link.rx_framing.next = self.rx_framing.val();
        self.link.rx_lost.next = self.rx_lost.val();
        self.tx_data.next = self.link.tx_data.val();
        self.tx_valid.next = self.link.tx_valid.val();
        self.link.tx_ready.next = self.tx_ready.val();
        // A cycle late, as faults are: who sees that a program has ended sees its faults too.
        self.running.d.next = self.sequencer.running.val() && !self.later_reset.q.val();
        self.ended.d.next = self.sequencer.done.val() && !self.later_reset.q.val();
        self.busy.next = self.running.q.val();
        self.done.next = self.ended.q.val();
        self.fault.next = self.link.fault.val();
        self.link.running.next = self.running.q.val();
        self.link.done.next = self.ended.q.val();
        self.link.cycle.next = self.sequencer.cycles.val();
        self.link.slots.next = self.address_generator.slots.val();
        self.link.beats.next = self.post_processing.beats.val();
        self.link.timestamp_write.next = self.sequencer.timestamp_write.val();
        self.link.timestamp_index.next = self.sequencer.timestamp_index.val();
        self.link.faults[self.bank_collision.n].next = self.memory.bank_collision.val();
        self.link.faults[self.overrun.n].next = self.sequencer.overrun.val();
        self.link.faults[self.late_fetch.n].next = self.sequencer.late_fetch.val();
        self.link.faults[self.illegal_opcode.n].next = self.sequencer.illegal_opcode.val();
        self.link.faults[self.post_overrun.n].next = self.post_processing.post_overrun.val();
        // The link raises this one itself.
        self.link.faults[self.run_while_busy.n].next = false;
        self.link.host_word.next = self.sequencer.host_word.val()
            | self.memory.host_word.val()
            | self.post_processing.host_word.val();
        self.sequencer.host_write.next = self.link.host_write.val();
        self.sequencer.host_read.next = self.link.host_read.val();
        self.sequencer.host_space.next = self.link.host_space.val();
        self.sequencer.host_offset.next = self.link.host_offset.val();
        self.sequencer.host_data.next = self.link.host_data.val();
        self.memory.host_write.next = self.link.host_write.val();
        self.memory.host_read.next = self.link.host_read.val();
        self.memory.host_space.next = self.link.host_space.val();
        self.memory.host_offset.next = self.link.host_offset.val();
        self.memory.host_data.next = self.link.host_data.val();
        self.weight_port.host_write.next = self.link.host_write.val();
        self.weight_port.host_space.next = self.link.host_space.val();
        self.weight_port.host_offset.next = self.link.host_offset.val();
        self.weight_port.host_data.next = self.link.host_data.val();
        self.post_processing.host_write.next = self.link.host_write.val();
        self.post_processing.host_read.next = self.link.host_read.val();
        self.post_processing.host_space.next = self.link.host_space.val();
        self.post_processing.host_offset.next = self.link.host_offset.val();
        self.post_processing.host_data.next = self.link.host_data.val();

        // Instructions.
        self.sequencer.run.next = self.link.run.val();
        self.sequencer.issuing.next = self.address_generator.issuing.val();
        self.address_generator.run.next = self.link.run.val();
        self.address_generator.start.next = self.sequencer.start.val();
        self.post_processing.run.next = self.link.run.val();
        self.post_processing.start.next = self.sequencer.start.val();
        for k in 0..self.words.n {
            self.address_generator.instruction[k].next = self.sequencer.instruction[k].val();
        }
        for k in 0..self.post_words.n {
            self.post_processing.instruction[k].next =
                self.sequencer.instruction[self.post_word[k].n].val();
        }

        // From the slot to the vector.
        self.memory.slot_valid.next = self.address_generator.valid.val();
        self.memory.slot_bank.next = self.address_generator.bank.val();
        self.memory.slot_address.next = self.address_generator.address.val();
        self.aligner.address.next = self.address_generator.address.val();
        self.aligner.y.next = self.address_generator.y.val();
        self.aligner.x.next = self.address_generator.x.val();
        self.aligner.fill.next = self.address_generator.fill.val();
        self.aligner.height.next = self.address_generator.height.val();
        self.aligner.row_bytes.next = self.address_generator.row_bytes.val();
        for i in 0..self.pair_bytes.n {
            self.aligner.pair[i].next = self.memory.pair[i].val();
        }

        // Array and accumulators, or maxima.
        self.array.write_enable.next = self.weight_port.write.val();
        self.array.write_row.next = self.weight_port.row.val();
        self.array.write_group.next = self.weight_port.group.val();
        self.array.write_address.next = self.weight_port.address.val();
        self.array.write_data.next = self.weight_port.data.val();
        self.array.weight.next = self.address_generator.weight.val();
        self.sums_first.d.next = self.address_generator.first.val().into();
        self.sums_plane.d.next = self.address_generator.next_plane.val().into();
        self.vector_first.d.next = self.address_generator.first.val().into();
        self.accumulators.first.next = self.sums_first.q.val().any();
        self.accumulators.next_plane.next = self.sums_plane.q.val().any();
        self.max_pool.first.next = self.vector_first.q.val().any();
        for r in 0..self.rows.n {
            self.array.vector[r].next = self.aligner.vector[r].val();
        }
        for i in 0..self.pool_lanes.n {
            self.max_pool.vector[i].next = self.aligner.vector[i].val();
            self.post_processing.maxima[i].next = self.max_pool.maxima[i].val();
        }
        for c in 0..self.cols.n {
            self.accumulators.sums[c].next = self.array.sums[c].val();
            self.post_processing.totals[c].next = self.accumulators.totals[c].val();
        }

        // Results.
        self.post_processing.token.next =
            self.address_generator.valid.val() && self.address_generator.last.val();
        self.post_processing.token_max.next = self.address_generator.max.val();
        self.post_processing.token_begin.next = self.address_generator.first_vector.val();
        self.post_processing.token_last_tile.next = self.address_generator.last_tile.val();
        self.post_processing.token_level.next = self.address_generator.level.val();
        self.memory.residual_valid.next = self.post_processing.residual_valid.val();
        self.memory.residual_bank.next = self.post_processing.residual_bank.val();
        self.memory.residual_address.next = self.post_processing.residual_address.val();
        self.memory.write_valid.next = self.post_processing.write_valid.val();
        self.memory.write_bank.next = self.post_processing.write_bank.val();
        self.memory.write_address.next = self.post_processing.write_address.val();
        for i in 0..self.lanes.n {
            self.post_processing.residual[i].next = self.memory.residual[i].val();
            self.memory.write_data[i].next = self.post_processing.write_data[i].val();
        }
    }
}
