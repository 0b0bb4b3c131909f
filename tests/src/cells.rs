//! Recurrent cells of every kind, for tests that go through all of them.

use systole_quant::integer::Cell;

/// Every kind of cell once.
pub const CELLS: [Cell; 5] = [
    Cell::Lstm {
        cell_fraction_bits: 0,
    },
    Cell::Gru {
        linear_before_reset: true,
    },
    Cell::Gru {
        linear_before_reset: false,
    },
    Cell::Rnn { relu: false },
    Cell::Rnn { relu: true },
];
