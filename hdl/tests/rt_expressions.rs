//! Every operator, at many widths and signs, means the same in Rust and in Verilog.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may
#![allow(clippy::erasing_op, clippy::bool_comparison)] // odd expressions are the point
use systole_hdl::rt::crosscheck::{Crosscheck, Random};
use systole_hdl::rt::prelude::*;

/// Every expression form over three inputs of any width and sign.
#[derive(LogicBlock)]
struct Expressions {
    a: Sig<In>,
    b: Sig<In>,
    c: Sig<In>,
    amount: Sig<In>,
    f: Flag<In>,
    g: Flag<In>,
    k: Cst,
    y: Vec<Sig<Out>>,
    z: Vec<Sig<Out>>,
    flags: Vec<Flag<Out>>,
    net: Vec<Sig<Local>>,
    best: Sig<Local>,
    which: Sig<Out>,
    parity: Flag<Out>,
    mask: Sig<Out>,
    n: Size,
    _w: usize,
    _low: i64,
}

/// A width and whether it is signed.
type Shape = (usize, bool);

fn sig<D: Direction>((width, signed): Shape) -> Sig<D> {
    match signed {
        true => Sig::int(width),
        false => Sig::uint(width),
    }
}

impl Expressions {
    fn new(a: Shape, b: Shape, c: Shape, y: Shape, z: Shape) -> Self {
        Expressions {
            a: sig(a),
            b: sig(b),
            c: sig(c),
            amount: Sig::uint(7),
            f: Flag::new(),
            g: Flag::new(),
            k: Cst::int(b.0, -3),
            y: (0..30).map(|_| sig(y)).collect(),
            z: (0..6).map(|_| sig(z)).collect(),
            flags: Flag::lanes(20),
            net: (0..4).map(|_| sig(c)).collect(),
            best: Sig::int(40),
            which: Sig::uint(3),
            parity: Flag::new(),
            mask: Sig::uint(a.0.min(8)),
            n: Size::new(a.0.min(8)),
            _w: a.0.min(5),
            _low: -5,
        }
    }
}

impl Logic for Expressions {
    #[hdl_gen]
    fn update(&mut self) {
        self.y[0].next = self.a.val() + self.b.val();
        self.y[1].next = self.a.val() - self.b.val() - self.c.val();
        self.y[2].next = self.a.val() * self.b.val() + self.c.val();
        self.y[3].next = (self.a.val() & self.b.val()) | (self.c.val() ^ self.a.val());
        self.y[4].next = !self.a.val();
        self.y[5].next = -self.a.val();
        self.y[6].next = self.a.val() >> 2;
        self.y[7].next = (self.a.val() >> self.amount.val()) + self.b.val();
        self.y[8].next = self.a.val() << self.amount.val();
        self.y[9].next = ((self.a.val() >> 1) - (self.b.val() >> 1)) >> 1;
        self.y[10].next = bit_cast_to(self.a.val() + self.b.val(), 5);
        self.y[11].next = bit_cast_signed(self.a.val() - self.b.val(), 5) + self.c.val();
        self.y[12].next = bit_cast_to(!self.a.val(), self._w);
        self.y[13].next = bit_cast_signed(self.a.val(), self._w) >> 1;
        self.y[14].next = self.a.val() + bits_of(self._low) * 3;
        self.y[15].next = self.k.val() + self.a.val();
        self.y[16].next = self.f.val().into();
        self.y[17].next = (self.a.val() < self.b.val()).into();
        self.y[18].next = self.a.val().get_bits::<3>(2);
        self.y[19].next = self.a.val().get_bits::<3>(self.amount.val());
        self.y[20].next = self.a.val().replace_bit(3, self.f.val());
        self.y[21].next = self.a.val().replace_bit(self.amount.val(), self.g.val()) + 1;
        self.y[22].next = bit_cast_to(self.a.val() >> 1, 2) - bit_cast_signed(self.a.val() >> 1, 2);
        self.y[23].next = (self.a.val() << 3) | bit_cast_to(self.b.val(), 3);
        self.y[24].next = bit_cast_signed(self.a.val() << 4, 7);
        self.y[25].next = bit_cast_to(self.a.val() * self.a.val(), 7) >> 1;
        self.y[26].next = -(self.a.val() - 5);
        self.y[27].next = self.a.val() & 0;
        self.y[28].next = (self.a.val() + self.f.val()) >> 1;
        self.y[29].next = 77.into();
        for i in 0..6 {
            self.z[i].next = self.a.val() >> (i * 3);
        }
        self.flags[0].next = self.a.val() + self.b.val() > self.c.val();
        self.flags[1].next = self.a.val() - self.b.val() <= 0;
        self.flags[2].next = self.a.val() == self.b.val();
        self.flags[3].next = !self.a.val() != self.c.val() && self.f.val();
        self.flags[4].next = self.a.val() & self.b.val() == self.c.val() & 3;
        self.flags[5].next = self.a.val().get_bit(0) ^ self.b.val().get_bit(self.amount.val());
        self.flags[6].next = self.a.val().get_bit(40);
        self.flags[7].next = (self.a.val() >> 1).any() || !self.g.val();
        self.flags[8].next = self.a.val() > 1000000;
        self.flags[9].next = self.a.val() >= self.k.val();
        self.flags[10].next = self.f.val() == self.g.val();
        self.flags[11].next = (self.f.val() | self.g.val()) != (self.f.val() & self.g.val());
        self.flags[12].next = bit_cast_signed(self.a.val(), 3) < self.b.val();
        self.flags[13].next = -self.a.val() < self.b.val();
        self.flags[14].next = (self.a.val() >> 3) == (self.b.val() >> 2);
        self.flags[15].next = (self.a.val() & 7) < 4;
        self.flags[16].next = self.f.val() == true;
        self.flags[17].next = self.a.val() == self.f.val();
        self.flags[18].next = true;
        self.flags[19].next = self.amount.val() - 64 < -self.a.val().get_bits::<2>(0);

        // a chain, a maximum with its place, a parity, a mask built bit by bit
        self.net[0].next = self.c.val();
        for i in 1..4 {
            self.net[i].next = self.net[i - 1].val() + self.a.val();
        }
        self.best.next = self.net[0].val();
        self.which.next = 0.into();
        for i in 1..4 {
            if self.net[i].val() > self.best.val() {
                self.best.next = self.net[i].val();
                self.which.next = (i).into();
            }
        }
        self.parity.next = false;
        for i in 0..self.n.n {
            self.parity.next = self.parity.val() ^ self.a.val().get_bit(i);
        }
        self.mask.next = 0.into();
        for i in 0..self.n.n {
            self.mask.next = self
                .mask
                .val()
                .replace_bit((self.n.n - 1) - i, self.a.val().get_bit(i));
        }
    }
}

fn check(shapes: [Shape; 5], cycles: usize) {
    let [a, b, c, y, z] = shapes;
    let outcome = Crosscheck::new("expressions", || Expressions::new(a, b, c, y, z))
        .cycles(cycles)
        .seed(a.0 as u64 * 64 + b.0 as u64)
        .run();
    outcome.unwrap_or_else(|e| panic!("{shapes:?}: {e}"));
}

#[test]
fn ends_of_the_widths() {
    for signed in [false, true] {
        check(
            [
                (1, signed),
                (1, signed),
                (1, signed),
                (1, signed),
                (1, signed),
            ],
            400,
        );
        check(
            [
                (31, signed),
                (31, signed),
                (30, signed),
                (63, signed),
                (1, signed),
            ],
            400,
        );
        check(
            [
                (31, signed),
                (31, !signed),
                (30, signed),
                (63, !signed),
                (63, signed),
            ],
            400,
        );
    }
}

#[test]
fn random_shapes() {
    let mut random = Random::new(7);
    for _ in 0..25 {
        let mut shape = |most| (1 + random.below(most) as usize, random.one_in(2));
        let shapes = [shape(31), shape(31), shape(40), shape(63), shape(63)];
        check(shapes, 200);
    }
}
