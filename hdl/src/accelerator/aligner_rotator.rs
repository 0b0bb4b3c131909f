//! Rotator of byte lanes: two-way multiplexers, one level for each bit of the amount.

use crate::rt::prelude::*;

const TEXT: &str = "Lane j of the result is lane (j + amount * unit) mod N of the data: wires and two-way multiplexers.
The level of the highest bit comes first, so that each following level needs fewer lanes.";

/// Combinational rotator that keeps some lanes.
#[derive(LogicBlock)]
pub struct Rotator {
    doc: Doc,
    /// How far, in units.
    pub amount: Sig<In>,
    /// Bytes.
    pub data: Vec<Sig<In>>,
    /// Rotated bytes, the lanes that are kept.
    pub rotated: Vec<Sig<Out>>,
    stage: Vec<Sig<Local>>,
    lanes: Size,
    kept: Size,
    levels: Size,
    /// Per level: bit of the amount, distance, lanes that the level makes.
    bit: Vec<Size>,
    distance: Vec<Size>,
    makes: Vec<Size>,
    /// Where the lanes of each level begin in `stage`, the data included.
    begins: Vec<Size>,
    result: Size,
}

impl Rotator {
    /// `lanes` bytes, rotated by 0 to `2^bits - 1` times `unit` lanes (at most `lanes` in all); the first `kept`
    /// lanes of the result remain.
    pub fn new(lanes: usize, bits: usize, unit: usize, kept: usize) -> Self {
        let distance: Vec<usize> = (0..bits).rev().map(|b| unit << b).collect();
        let makes: Vec<usize> = (0..bits)
            .map(|l| lanes.min(kept + distance[l + 1..].iter().sum::<usize>()))
            .collect();
        let mut begins = vec![0];
        let mut end = lanes;
        for made in &makes {
            begins.push(end);
            end += made;
        }
        let sizes = |values: &[usize]| values.iter().map(|v| Size::new(*v)).collect::<Vec<_>>();
        Rotator {
            doc: Doc::new(format!("rotator_{lanes}_to_{kept}"), TEXT)
                .port("amount", format!("in units of {unit} lanes")),
            amount: Sig::uint(bits.max(1)),
            data: Sig::uint_lanes(lanes, 8),
            rotated: Sig::uint_lanes(kept, 8),
            stage: Sig::uint_lanes(end, 8),
            lanes: Size::new(lanes),
            kept: Size::new(kept),
            levels: Size::new(bits),
            bit: sizes(&(0..bits).rev().collect::<Vec<_>>()),
            distance: sizes(&distance),
            makes: sizes(&makes),
            result: Size::new(begins[bits]),
            begins: sizes(&begins),
        }
    }
}

impl Logic for Rotator {
    #[hdl_gen]
    fn update(&mut self) {
        for i in 0..self.lanes.n {
            self.stage[i].next = self.data[i].val();
        }
        // A loop cannot depend on another one: all lanes, and a condition. The remainder changes no index; it keeps
        // those of the turns that do nothing inside.
        for l in 0..self.levels.n {
            for i in 0..self.lanes.n {
                if i < self.makes[l].n {
                    self.stage[self.begins[l + 1].n + i % self.makes[l].n].next =
                        self.stage[self.begins[l].n + i].val();
                    if self.amount.val().get_bit(self.bit[l].n) {
                        self.stage[self.begins[l + 1].n + i % self.makes[l].n].next = self.stage
                            [self.begins[l].n + (i + self.distance[l].n) % self.lanes.n]
                            .val();
                    }
                }
            }
        }
        for i in 0..self.kept.n {
            self.rotated[i].next = self.stage[self.result.n + i].val();
        }
    }
}
