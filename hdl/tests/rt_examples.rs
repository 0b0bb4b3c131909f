//! Small blocks in the run-time layer, each simulated in Rust and in Verilog with the same vectors.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may
#![allow(missing_docs)] // the block of the manual is printed as the manual has it
use systole_hdl::rt::Sim;
use systole_hdl::rt::crosscheck::Crosscheck;
use systole_hdl::rt::prelude::*;

/// Multiply-accumulate cell.
#[derive(LogicBlock)]
struct Cell {
    doc: Doc,
    pub clock: Signal<In, Clock>,
    pub a: Sig<In>,
    pub p: Sig<In>,
    pub a_out: Sig<Out>,
    pub p_out: Sig<Out>,
    weight: Cst,
    a_reg: Reg,
    p_reg: Reg,
}

impl Cell {
    fn new(width: usize, weight: i64) -> Self {
        Cell {
            doc: Doc::new(
                "mac_cell",
                "One multiplier: p_out = p + a * weight, a passes east.",
            )
            .port("a", "activation"),
            clock: Signal::default(),
            a: Sig::int(width),
            p: Sig::int(2 * width + 4),
            a_out: Sig::int(width),
            p_out: Sig::int(2 * width + 4),
            weight: Cst::int(width, weight),
            a_reg: Reg::int(width),
            p_reg: Reg::int(2 * width + 4),
        }
    }
}

impl Logic for Cell {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, a_reg, p_reg);
        self.a_reg.d.next = self.a.val();
        self.p_reg.d.next = self.p.val() + self.a.val() * self.weight.val();
        self.a_out.next = self.a_reg.q.val();
        self.p_out.next = self.p_reg.q.val();
    }
}

/// Grid of cells.
#[derive(LogicBlock)]
struct Grid {
    pub clock: Signal<In, Clock>,
    pub enable: Flag<In>,
    pub a: Vec<Sig<In>>,
    pub p: Vec<Sig<Out>>,
    pub seen: Flag<Out>,
    cell: Vec<Cell>,
    rows: Size,
    cols: Size,
}

impl Grid {
    fn new(rows: usize, cols: usize, width: usize) -> Self {
        Grid {
            clock: Signal::default(),
            enable: Flag::new(),
            a: Sig::int_lanes(rows, width),
            p: Sig::int_lanes(cols, 2 * width + 4),
            seen: Flag::new(),
            cell: (0..rows * cols)
                .map(|i| Cell::new(width, i as i64 % 5 - 2))
                .collect(),
            rows: Size::new(rows),
            cols: Size::new(cols),
        }
    }
}

impl Logic for Grid {
    #[hdl_gen]
    fn update(&mut self) {
        for r in 0..self.rows.n {
            for c in 0..self.cols.n {
                self.cell[r * self.cols.n + c].clock.next = self.clock.val();
                if c == 0 {
                    self.cell[r * self.cols.n + c].a.next = self.a[r].val();
                } else {
                    self.cell[r * self.cols.n + c].a.next =
                        self.cell[r * self.cols.n + c - 1].a_out.val();
                }
                if r == 0 {
                    self.cell[r * self.cols.n + c].p.next = bits_of(0);
                } else {
                    self.cell[r * self.cols.n + c].p.next =
                        self.cell[(r - 1) * self.cols.n + c].p_out.val();
                }
            }
        }
        for c in 0..self.cols.n {
            self.p[c].next = self.cell[(self.rows.n - 1) * self.cols.n + c].p_out.val();
        }
        self.seen.next = self.enable.val() && self.a[0].val() > 3;
    }
}

#[test]
fn grid_simulates() {
    let mut sim = Sim::new(Grid::new(2, 2, 8));
    for _ in 0..6 {
        sim.set_inputs(&[1, 5, -3]);
        sim.tick().unwrap();
    }
    // weights -2 -1 / 0 1
    assert_eq!(sim.outputs(), vec![-10, -5 - 3, 1]);
}

#[test]
fn grid_agrees() {
    for (rows, cols, width) in [(1, 1, 1), (2, 2, 8), (4, 4, 29), (3, 5, 7)] {
        let outcome = Crosscheck::new("grid", || Grid::new(rows, cols, width))
            .cycles(1000)
            .run();
        outcome.unwrap_or_else(|e| panic!("{rows}x{cols}x{width}: {e}"));
    }
}

// The worked example of docs/writing-hardware.md.
/// Saturating accumulator: `sum` grows by the lane products while `enable` is high.
#[derive(LogicBlock)]
pub struct Accumulator {
    doc: Doc,                     // module name, header comment, port comments
    pub clock: Signal<In, Clock>, // the clock is always called `clock`
    pub enable: Flag<In>,         // one wire; val() is a bool
    pub clear: Flag<In>,
    pub x: Vec<Sig<In>>, // a bus of lanes: one packed port [N*W-1:0]
    pub sum: Sig<Out>,
    total: Vec<Sig<Local>>, // nets: one per lane
    max: Cst,               // localparam
    acc: Reg,               // register: .d.next, .q.val()
    lanes: Size,            // a count, for loops, indices and expressions: self.lanes.n
}

impl Accumulator {
    /// `lanes` signed inputs of `width` bits, sum of `sum_width` bits.
    pub fn new(lanes: usize, width: usize, sum_width: usize) -> Self {
        Accumulator {
            doc: Doc::new("accumulator", "Sum of all lanes over time, saturating.")
                .port("x", "one signed number per lane"),
            clock: Signal::default(),
            enable: Flag::new(),
            clear: Flag::new(),
            x: Sig::int_lanes(lanes, width),
            sum: Sig::int(sum_width),
            total: Sig::int_lanes(lanes + 1, sum_width + 2),
            max: Cst::int(sum_width, (1 << (sum_width - 1)) - 1),
            acc: Reg::int(sum_width),
            lanes: Size::new(lanes),
        }
    }
}

impl Logic for Accumulator {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, acc); // acc.clock = clock; acc.d = acc.q (hold)
        self.total[0].next = self.acc.q.val();
        for i in 0..self.lanes.n {
            self.total[i + 1].next = self.total[i].val() + self.x[i].val();
        }
        if self.enable.val() {
            self.acc.d.next = self.total[self.lanes.n].val();
            if self.total[self.lanes.n].val() > self.max.val() {
                self.acc.d.next = self.max.val();
            }
        }
        if self.clear.val() {
            self.acc.d.next = 0.into();
        }
        self.sum.next = self.acc.q.val();
    }
}

#[test]
fn accumulator_of_the_manual() {
    let mut sim = Sim::new(Accumulator::new(4, 8, 12));
    sim.set("enable", 1).unwrap();
    sim.set("x$0", -5).unwrap();
    sim.tick().unwrap();
    assert_eq!(sim.get("sum").unwrap(), -5);
    for (lanes, width, sum_width) in [(1, 1, 1), (4, 8, 12), (3, 20, 60)] {
        let outcome = Crosscheck::new("accumulator", || Accumulator::new(lanes, width, sum_width))
            .cycles(2000)
            .shape(|block, cycle, random| block.clear.next = cycle < 2 || random.one_in(50))
            .run();
        outcome.unwrap_or_else(|e| panic!("{lanes} {width} {sum_width}: {e}"));
    }
}

#[test]
fn emission_is_deterministic_and_shares_modules() {
    let uniform = || systole_hdl::rt::emit("grid", &Grid::new(4, 5, 8)).unwrap();
    let text = uniform();
    assert_eq!(text, uniform());
    // five different weights, twenty cells
    assert_eq!(text.matches("endmodule").count(), 6);
    assert!(!text.contains("$unsigned") && !text.contains("cell$"));
}
